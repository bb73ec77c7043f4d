public import OrdersEvents
public import OrdersMessages
public import Tandem

// What the events are about. Their names in the log are those of their messages.

/// An event about one of the shop's documents, which says the version of the event's stream.
public protocol ShopEvent: Event {
    associatedtype Subject: VersionedDocument
    var subjectID: UInt64 { get set }
}

public protocol UserEvent: ShopEvent where Subject == Tandem_Orders_V1_User {
    var userID: UInt64 { get set }
}
public protocol ProductEvent: ShopEvent where Subject == Tandem_Orders_V1_Product {
    var productID: UInt64 { get set }
}
public protocol OrderEvent: ShopEvent where Subject == Tandem_Orders_V1_Order {
    var orderID: UInt64 { get set }
}

extension UserEvent {
    public static var stream: EventStream<Self> { EventStream("user", \Self.userID) }
    public var subjectID: UInt64 { get { userID } set { userID = newValue } }
}
extension ProductEvent {
    public static var stream: EventStream<Self> { EventStream("product", \Self.productID) }
    public var subjectID: UInt64 { get { productID } set { productID = newValue } }
}
extension OrderEvent {
    public static var stream: EventStream<Self> { EventStream("order", \Self.orderID) }
    public var subjectID: UInt64 { get { orderID } set { orderID = newValue } }
}

extension UserRegistered: UserEvent {}
extension UserEmailChanged: UserEvent {}
extension UserRenamed: UserEvent {}
extension ProductAdded: ProductEvent {}
extension ProductPriceChanged: ProductEvent {}
extension ProductRestocked: ProductEvent {}
extension ProductRetired: ProductEvent {}
extension OrderPlaced: OrderEvent {}
extension OrderItemAdded: OrderEvent {}
extension OrderItemQuantityChanged: OrderEvent {}
extension OrderItemRemoved: OrderEvent {}
extension OrderPaid: OrderEvent {}
extension OrderShipped: OrderEvent {}
extension OrderDelivered: OrderEvent {}
extension OrderCancelled: OrderEvent {}
extension OrderRefunded: OrderEvent {}
