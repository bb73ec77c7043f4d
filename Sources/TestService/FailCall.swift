import NIOCore
import SwiftProtobuf
import TandemCore
import TestMessages
import Transport
import Wire

/// Fails as it is told to.
enum FailCall {
    /// A failure that no handler expects, and whose text is not for the caller.
    struct Mishap: Error, CustomStringConvertible {
        let description: String
    }

    static func answer(_ request: ServerRequest, _ replies: inout ReplyWriter) throws {
        let failure = try Tandem_Test_V1_FailRequest(requestBody: request.body)
        guard failure.secret.isEmpty else { throw Mishap(description: failure.secret) }
        let rejection = Rejection(
            try StatusCode(failing: failure.code), reason: failure.reason,
            message: failure.message, metadata: failure.metadata)
        replies.error(
            request.stream, rejection, isNotProcessed: failure.notProcessed,
            retryAfterMilliseconds: failure.retryAfterMs, metadata: request.metadata.echoed)
    }
}

extension StatusCode {
    /// The code of that number; a rejection if it is none, or none of a failure.
    init(failing number: UInt32) throws(Rejection) {
        guard let code = UInt16(exactly: number).flatMap(StatusCode.init), code != .ok else {
            throw Rejection(
                .invalidArgument, reason: "NOT_A_FAILURE",
                message: "\(number) is no status code of a failure; those are 1 to 16.",
                metadata: ["code": "\(number)"])
        }
        self = code
    }
}
