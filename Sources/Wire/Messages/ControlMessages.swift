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
    /// What this release can agree to.
    package static let all = [zlib, checksums]
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

    /// Decodes what a peer sent, copying it. Fields that this release doesn't know are dropped:
    /// nobody counts on them, and they would take memory as long as the message lives.
    package init(peerBytes body: ByteBuffer) throws {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        try self.init(serializedBytes: Array(body.readableBytesView), options: options)
    }

    /// Decodes a body, copying it.
    package init(
        body: ByteBuffer, of type: FrameType
    ) throws(ProtocolViolation) {
        do {
            try self.init(peerBytes: body)
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
