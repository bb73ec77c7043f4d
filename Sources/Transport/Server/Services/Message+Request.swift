package import NIOCore
package import SwiftProtobuf
package import TandemCore
import Wire

extension Message {
    /// A request's body, copied and decoded; a rejection if it isn't that message.
    package init(requestBody body: ByteBuffer) throws(Rejection) {
        do {
            try self.init(peerBytes: body)
        } catch {
            throw Rejection(
                .invalidArgument, reason: TandemReason.malformedRequest.rawValue,
                message: "The request's bytes are not a \(Self.protoMessageName).",
                metadata: ["message": Self.protoMessageName])
        }
    }
}
