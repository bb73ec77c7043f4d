public import OrdersMessages
public import Projection
public import SnapshotStore

/// An order as its readers see it, with its user's name and e-mail and its products' names inside.
extension Tandem_Orders_V1_Order: Document {
    public static let collection = CollectionSchema(
        name: "orders",
        indexes: [
            IndexSchema(name: "by_user_created", keyByteCount: 24),
            IndexSchema(name: "by_user_status_created", keyByteCount: 25),
        ])

    public var documentKey: DocumentKey { DocumentKey(orderID) }

    public func indexKeys() -> [DocumentKey] {
        [OrderKeys.byUser(self), OrderKeys.byUserAndStatus(self)]
    }

    public func encoded() throws(DocumentCodecError) -> [UInt8] {
        try MessageCodec.encoded(self)
    }

    public static func decoded(_ bytes: [UInt8]) throws(DocumentCodecError) -> Self {
        try MessageCodec.decoded(bytes)
    }
}
