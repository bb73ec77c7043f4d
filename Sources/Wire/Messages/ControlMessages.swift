package import NIOCore
package import SwiftProtobuf
package import TandemCore
package import WireMessages

package typealias Hello = Tandem_Control_V1_Hello
package typealias Welcome = Tandem_Control_V1_Welcome
package typealias MethodInfo = Tandem_Control_V1_MethodInfo
package typealias GoAway = Tandem_Control_V1_GoAway
package typealias ErrorDetails = Tandem_Control_V1_ErrorDetails
package typealias ErrorInfo = Tandem_Control_V1_ErrorInfo
package typealias StreamEnd = Tandem_Control_V1_StreamEnd

/// The names by which features are agreed in HELLO and WELCOME.
package enum Feature {
    /// Answers may be encoded with zlib, alone or with one of the connection's dictionaries.
    package static let zlib = "zlib"
    /// Frames end with a checksum; see ``CRC32C``.
    package static let checksums = "crc32c"
    /// Bodies are JSON. Answers are not compressed then.
    package static let json = "json"

    /// What this release can agree to on a port. The feed carries payloads that no port knows the
    /// messages of.
    package static func all(on role: ConnectionRole) -> [String] {
        role == .feed ? [zlib, checksums] : [zlib, checksums, json]
    }
}

/// How a body is encoded: the `a` field of RESPONSE and ITEM.
package enum EncodingID {
    package static let identity: UInt16 = 0
    package static let zlib: UInt16 = 1
    /// The connection's n-th dictionary is encoding 2 + n.
    package static let firstDictionary: UInt16 = 2
}

/// ERROR's `b` field for "never retry".
package let retryNever: UInt32 = .max

extension Message {
    /// The message as a body of its own. The empty body if it can't be encoded, which takes a
    /// required field of proto2 or a size beyond 2 GiB.
    package func body() -> ByteBuffer {
        // As the doc comment says.
        guard let bytes: [UInt8] = try? serializedBytes() else { return ByteBuffer() }
        return ByteBuffer(bytes: bytes)
    }

    /// The message in protobuf's canonical JSON, as a body of its own; an empty object if it has
    /// none, which the protocol's own messages all have.
    package func jsonBody() -> ByteBuffer {
        // As the doc comment says.
        ByteBuffer(bytes: (try? jsonUTF8Bytes() as [UInt8]) ?? Array("{}".utf8))
    }

    /// Decodes what a peer sent, copying it. Fields that this release doesn't know are dropped:
    /// nobody counts on them, and they would take memory as long as the message lives.
    package init(peerBytes body: ByteBuffer) throws {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        try self.init(serializedBytes: Array(body.readableBytesView), options: options)
    }

    /// Decodes the body of one of the protocol's own messages, copying it: protobuf, or JSON, which
    /// the first byte tells. (As a protobuf tag, the brace begins a group of number 15, and none of
    /// these messages has or will have one.)
    package init(
        body: ByteBuffer, of type: FrameType
    ) throws(ProtocolViolation) {
        do {
            guard body.readableBytesView.first == UInt8(ascii: "{") else {
                try self.init(peerBytes: body)
                return
            }
            var options = JSONDecodingOptions()
            options.ignoreUnknownFields = true
            try self.init(jsonUTF8Bytes: Array(body.readableBytesView), options: options)
        } catch {
            throw .malformedControlMessage(type)
        }
    }
}

extension ErrorDetails {
    package init(_ rejection: Rejection, domain: String) {
        self.init()
        message = rejection.message
        info.reason = rejection.reason
        info.domain = domain
        info.metadata = rejection.metadata
    }
}
