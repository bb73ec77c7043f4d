import OrdersEvents
import OrdersMessages
public import Tandem

/// The bundled order service: users, products and orders.
public struct OrdersDomain: Domain {
    public init() {}

    public let name = "tandem.orders.v1"
    public let methods = Orders.methods
    public let events: [any Event.Type] = [
        UserRegistered.self, UserEmailChanged.self, UserRenamed.self, ProductAdded.self,
        ProductPriceChanged.self, ProductRestocked.self, ProductRetired.self, OrderPlaced.self,
        OrderItemAdded.self, OrderItemQuantityChanged.self, OrderItemRemoved.self,
        OrderPaid.self, OrderShipped.self, OrderDelivered.self, OrderCancelled.self,
        OrderRefunded.self,
    ]
    public let documents: [any Document.Type] = [
        Order.self, User.self, Product.self, UserSummary.self, ProductSales.self, DailySales.self,
    ]
    public let fileDescriptors = [ordersFiles]
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
        SalesViews.all
    }

    public var replay: Replay<OrdersTables> { OrdersReplay.all }

    public var queries: [any QueryHandling] { OrdersQueries.all }
}
