import TandemCore
package import Transport

// Failures that the client itself reports.
extension CallFailure {
    static var cancelledByCaller: CallFailure {
        CallFailure(
            .cancelled, reason: "CANCELLED", message: "The call was cancelled.",
            isNotProcessed: true)
    }

    static var clientClosed: CallFailure {
        CallFailure(
            .cancelled, reason: "CLIENT_CLOSED",
            message: "The client has been closed: make a new one.", isNotProcessed: true,
            retryAfter: .never)
    }

    static func notConnected(_ port: TandemPort) -> CallFailure {
        CallFailure(
            .unavailable, reason: "NOT_CONNECTED",
            message: "There was no connection to the \(port) port in time.",
            isNotProcessed: true)
    }
}

extension CallFailure {
    /// This side closed the connection under the call.
    package var isOfClosedConnection: Bool { code == .cancelled && reason == "CONNECTION_CLOSED" }
}

extension CallFailure.RetryAfter {
    /// The wait that the server asked for, if it did.
    package var wait: Duration? {
        if case .after(let milliseconds) = self { .milliseconds(Int64(milliseconds)) } else { nil }
    }
}

extension Duration {
    /// Milliseconds or seconds, whole or with one decimal, for people.
    package var roundedText: String {
        let milliseconds = max(self / .milliseconds(1), 0)
        // Durations go on beyond what 64 bits of milliseconds hold.
        guard milliseconds < 9e15 else { return "a very long time" }
        if milliseconds < 1_000 { return "\(Int64(milliseconds)) ms" }
        let tenths = Int64(milliseconds / 100)
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
}
