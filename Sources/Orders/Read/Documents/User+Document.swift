public import OrdersMessages
public import Projection
public import SnapshotStore

extension Tandem_Orders_V1_User: Document {
    /// Its name and its indexes, which a durable copy has to agree with.
    public static let collection = CollectionSchema(
        name: "users", indexes: [IndexSchema(name: "by_id", keyByteCount: 8)])

    /// The user's id.
    public var documentKey: DocumentKey { DocumentKey(userID) }

    /// The id, ascending.
    public func indexKeys() -> [DocumentKey] { [documentKey] }

    /// The message as protobuf: what a client gets.
    public func encoded() throws(DocumentCodecError) -> [UInt8] {
        try MessageCodec.encoded(self)
    }

    /// The message that protobuf bytes hold.
    public static func decoded(_ bytes: [UInt8]) throws(DocumentCodecError) -> Self {
        try MessageCodec.decoded(bytes)
    }
}
