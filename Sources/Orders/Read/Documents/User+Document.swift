public import OrdersMessages
public import Projection
public import SnapshotStore

extension Tandem_Orders_V1_User: Document {
    public static let collection = CollectionSchema(
        name: "users", indexes: [IndexSchema(name: "by_id", keyByteCount: 8)])

    public var documentKey: DocumentKey { DocumentKey(userID) }

    public func indexKeys() -> [DocumentKey] { [documentKey] }

    public func encoded() throws(DocumentCodecError) -> [UInt8] {
        try MessageCodec.encoded(self)
    }

    public static func decoded(_ bytes: [UInt8]) throws(DocumentCodecError) -> Self {
        try MessageCodec.decoded(bytes)
    }
}
