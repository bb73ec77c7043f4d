/// The names under which the log keeps the domain's events: those of their protobuf messages.
///
/// A released name is never given another meaning.
package enum OrdersEventType: String, CaseIterable, Sendable {
    case userRegistered = "UserRegistered"
    case userEmailChanged = "UserEmailChanged"
    case userRenamed = "UserRenamed"
    case productAdded = "ProductAdded"
    case productPriceChanged = "ProductPriceChanged"
    case orderPlaced = "OrderPlaced"
    case orderPaid = "OrderPaid"
    case orderShipped = "OrderShipped"
    case orderDelivered = "OrderDelivered"
    case orderCancelled = "OrderCancelled"
}
