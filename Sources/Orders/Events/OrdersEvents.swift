public import OrdersEvents
public import Tandem

// What the events are about. Their names in the log are those of their messages.

extension Tandem_Orders_Events_V1_UserRegistered: Event {
    public static let stream = EventStream("user", \Self.userID)
}
extension Tandem_Orders_Events_V1_UserEmailChanged: Event {
    public static let stream = EventStream("user", \Self.userID)
}
extension Tandem_Orders_Events_V1_UserRenamed: Event {
    public static let stream = EventStream("user", \Self.userID)
}
extension Tandem_Orders_Events_V1_ProductAdded: Event {
    public static let stream = EventStream("product", \Self.productID)
}
extension Tandem_Orders_Events_V1_ProductPriceChanged: Event {
    public static let stream = EventStream("product", \Self.productID)
}
extension Tandem_Orders_Events_V1_OrderPlaced: Event {
    public static let stream = EventStream("order", \Self.orderID)
}
extension Tandem_Orders_Events_V1_OrderPaid: Event {
    public static let stream = EventStream("order", \Self.orderID)
}
extension Tandem_Orders_Events_V1_OrderShipped: Event {
    public static let stream = EventStream("order", \Self.orderID)
}
extension Tandem_Orders_Events_V1_OrderDelivered: Event {
    public static let stream = EventStream("order", \Self.orderID)
}
extension Tandem_Orders_Events_V1_OrderCancelled: Event {
    public static let stream = EventStream("order", \Self.orderID)
}
