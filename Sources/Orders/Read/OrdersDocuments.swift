public import OrdersMessages
public import Tandem

/// An order as its readers see it, with its user's name and e-mail and its products' names inside.
extension Tandem_Orders_V1_Order: Document {
    public static let collectionName = "orders"
    public static let key = Key(\Self.orderID)
    /// A user's orders, the newest first.
    static let byUser = Index<Self>(
        "by_user_created", .ascending(\.userID), .descending(\.createdAtUs), isKeyDescending: true)
    /// A user's orders in a status, the newest first.
    static let byUserAndStatus = Index<Self>(
        "by_user_status_created", .ascending(\.userID), .ascending(\.status),
        .descending(\.createdAtUs), isKeyDescending: true)
    public static let indexes = [byUser, byUserAndStatus]
}

extension Tandem_Orders_V1_User: Document {
    public static let collectionName = "users"
    public static let key = Key(\Self.userID)
    static let byID = Index<Self>("by_id")
    public static let indexes = [byID]
}

extension Tandem_Orders_V1_Product: Document {
    public static let collectionName = "products"
    public static let key = Key(\Self.productID)
    static let byID = Index<Self>("by_id")
    public static let indexes = [byID]
}
