public import OrdersMessages
public import Projection
public import SnapshotStore

/// An order as its readers see it, with its user's name and e-mail and its products' names inside.
extension Tandem_Orders_V1_Order: Document {
    /// Its name and its indexes, which a durable copy has to agree with.
    public static let collection = CollectionSchema(
        name: "orders",
        indexes: [
            IndexSchema(name: "by_user_created", keyByteCount: 24),
            IndexSchema(name: "by_user_status_created", keyByteCount: 25),
        ])

    /// The order's id.
    public var documentKey: DocumentKey { DocumentKey(orderID) }

    /// Both begin with the user and end with the newest order first.
    public func indexKeys() -> [DocumentKey] {
        [OrderKeys.byUser(self), OrderKeys.byUserAndStatus(self)]
    }

    /// The message as protobuf: what a client gets.
    public func encoded() throws(DocumentCodecError) -> [UInt8] {
        try MessageCodec.encoded(self)
    }

    /// The message that protobuf bytes hold.
    public static func decoded(_ bytes: [UInt8]) throws(DocumentCodecError) -> Self {
        try MessageCodec.decoded(bytes)
    }
}
