public import TandemClient

/// The methods that are called, as an application declares them.
public enum OrderMethods {
    /// One order.
    public static let getOrder = Query<Tandem_Orders_V1_GetOrderRequest, Tandem_Orders_V1_Order>(
        "tandem.orders.v1.OrderQueries/GetOrder")
    /// Up to 1,000 orders.
    public static let getOrders = Listing<
        Tandem_Orders_V1_GetOrdersRequest, Tandem_Orders_V1_Order
    >("tandem.orders.v1.OrderQueries/GetOrders")
}
