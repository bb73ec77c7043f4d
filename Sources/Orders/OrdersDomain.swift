import OrdersEvents
import OrdersMessages
public import Tandem

/// The bundled order service: users, products and orders.
public struct OrdersDomain: Domain {
    public init() {}

    public let name = "tandem.orders.v1"
    public let methods = Orders.methods
    public let events: [any Event.Type] = [
        Tandem_Orders_Events_V1_UserRegistered.self, Tandem_Orders_Events_V1_UserEmailChanged.self,
        Tandem_Orders_Events_V1_UserRenamed.self, Tandem_Orders_Events_V1_ProductAdded.self,
        Tandem_Orders_Events_V1_ProductPriceChanged.self,
        Tandem_Orders_Events_V1_ProductRestocked.self, Tandem_Orders_Events_V1_ProductRetired.self,
        Tandem_Orders_Events_V1_OrderPlaced.self, Tandem_Orders_Events_V1_OrderItemAdded.self,
        Tandem_Orders_Events_V1_OrderItemQuantityChanged.self,
        Tandem_Orders_Events_V1_OrderItemRemoved.self, Tandem_Orders_Events_V1_OrderPaid.self,
        Tandem_Orders_Events_V1_OrderShipped.self, Tandem_Orders_Events_V1_OrderDelivered.self,
        Tandem_Orders_Events_V1_OrderCancelled.self, Tandem_Orders_Events_V1_OrderRefunded.self,
    ]
    public let documents: [any Document.Type] = [
        Tandem_Orders_V1_Order.self, Tandem_Orders_V1_User.self, Tandem_Orders_V1_Product.self,
    ]
    public let migrations = OrdersMigrations.all

    public var commands: [On<OrdersTables>] {
        UserCommands.all
        ProductCommands.all
        OrderCommands.all
    }

    public var views: [any View] {
        UserViews.all
        ProductViews.all
        OrderViews.all
    }

    public var queries: [any QueryHandling] { OrdersQueries.all }
}
