import ConnectionState
import NIOCore
import TandemCore
import Wire

extension ClientChannelHandler {
    /// What a call is told whose connection ended, or never took it.
    func failure(sentOn stream: UInt32?) -> CallFailure {
        switch ending {
        case .goAway(let code, let message, let lastStream):
            CallFailure(
                .unavailable, reason: "CONNECTION_ENDED",
                message: "The server ended the connection: \(message) (code \(code)).",
                isNotProcessed: stream.map { $0 > lastStream } ?? true,
                retryAfter: Self.retryAfter(code))
        case .violation(let violation):
            CallFailure(
                // What was damaged on the way, and what was never sent, may go well next time.
                violation.code == .checksum || stream == nil ? .unavailable : .internal,
                reason: "PROTOCOL_VIOLATION",
                message: "The server broke the protocol: \(violation).",
                isNotProcessed: stream == nil)
        case .lost(let cause):
            CallFailure(
                .unavailable, reason: "CONNECTION_LOST",
                message: "The connection was lost: \(cause).", isNotProcessed: stream == nil)
        case .closedByUs:
            CallFailure(
                .cancelled, reason: "CONNECTION_CLOSED", message: "The connection was closed.",
                isNotProcessed: stream == nil)
        case nil:
            CallFailure(
                .unavailable, reason: "CONNECTION_CLOSED",
                message: "The connection takes no more calls.", isNotProcessed: stream == nil)
        }
    }

    /// What those are told who wait for the connection, if it ends before WELCOME.
    private var handshakeFailure: CallFailure {
        switch ending {
        case .violation(let violation):
            CallFailure(
                .internal, reason: "PROTOCOL_VIOLATION",
                message: "The server broke the protocol: \(violation).", isNotProcessed: true)
        case .goAway(let code, let message, _) where Self.isFinal(code):
            // Another attempt would end the same way.
            CallFailure(
                .failedPrecondition, reason: "CONNECTION_REFUSED",
                message: "The server refuses this client: \(message) (code \(code)).",
                isNotProcessed: true, retryAfter: .never)
        case .goAway, .lost, .closedByUs, nil:
            failure(sentOn: nil)
        }
    }

    private static func isFinal(_ code: UInt16) -> Bool {
        switch GoAwayCode(rawValue: code) {
        case .protocolError, .version, .size, .unauthenticated, .cluster, nil: true
        case .noError, .timeout, .flow, .checksum, .limit, .calm, .slow, .internal: false
        }
    }

    /// A server that is crowded is left alone for a while, and one that is none of ours for good.
    private static func retryAfter(_ code: UInt16) -> CallFailure.RetryAfter {
        switch GoAwayCode(rawValue: code) {
        case .limit, .calm: .after(milliseconds: 1_000)
        case .version, .unauthenticated, .cluster: .never
        case .noError, .protocolError, .size, .timeout, .flow, .checksum, .slow, .internal, nil:
            .unspecified
        }
    }

    /// From now on new calls go to another connection.
    func leave() {
        var wait = Duration.zero
        if case .goAway(let code, _, _) = ending, case .after(let told) = Self.retryAfter(code) {
            wait = .milliseconds(Int64(told))
        }
        endFlag.set(hasAnswered: hasAnswered, wait: wait)
    }

    /// Fails the handshake or every call, once the connection has ended.
    func failEverything() {
        ending = ending ?? .lost("the server closed it")
        leave()
        welcomed.fail(handshakeFailure)
        _ = state.close()
        let open = calls.all() + waiting.all
        calls.removeAll()
        waiting = ArrayQueue()
        for call in open { call.finish(.failure(failure(sentOn: call.stream))) }
    }
}
