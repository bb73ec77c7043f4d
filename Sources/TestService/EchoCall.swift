import ConnectionState
import NIOCore
import SwiftProtobuf
import TandemCore
import TestMessages
import Transport
import Wire

/// Answers what a handler sees of a call.
enum EchoCall {
    static func answer(_ request: ServerRequest, _ replies: inout ReplyWriter) throws(Rejection) {
        let echo = try Tandem_Test_V1_EchoRequest(requestBody: request.body)
        var reply = Tandem_Test_V1_EchoReply()
        reply.payload = echo.payload
        reply.traceParent = request.metadata.traceParent ?? ""
        if let deadline = request.deadline {
            reply.deadlineMs = UInt32(clamping: deadline.since(request.now).wholeMilliseconds)
        }
        let body = reply.body()
        replies.response(
            request.stream, body: body.readableBytesView, metadata: request.metadata.echoed)
    }
}

extension Metadata {
    /// The application's entries, as an answer's; `nil` if there are none.
    var echoed: Metadata? {
        guard !custom.isEmpty else { return nil }
        var echoed = Metadata()
        echoed.custom = custom
        return echoed
    }
}
