import Projection
import SwiftProtobuf

/// Documents as protobuf messages: a client gets the stored bytes as the answer of its call.
///
/// Deterministic: the messages have no maps, and SwiftProtobuf writes fields by their numbers.
enum MessageCodec {
    static func encoded(_ message: some Message) throws(DocumentCodecError) -> [UInt8] {
        do { return try message.serializedBytes() } catch {
            throw DocumentCodecError("it can't be serialized: \(error)")
        }
    }

    static func decoded<Decoded: Message>(
        _ bytes: [UInt8]
    ) throws(DocumentCodecError) -> Decoded {
        do { return try Decoded(serializedBytes: bytes) } catch {
            throw DocumentCodecError("it is not a \(Decoded.protoMessageName): \(error)")
        }
    }
}
