package import TandemClient
package import TandemCore

extension TandemError {
    /// What happened, where, and what to do; ended lines for standard error.
    package var advice: SafeText { advice(now: .wallClock()) }

    /// - Parameter now: What this machine's clock says.
    package func advice(now: Timestamp) -> SafeText {
        var text: SafeText = "error: \(message)"
        let facts = ([reason.isEmpty ? code.description : reason] + metadataTexts).joined(
            separator: ", ")
        text += " (\(facts))\n"
        switch reason {
        case "NOT_REACHABLE", "NOT_CONNECTED":
            text +=
                "Is the server running there? Another address is given with "
                + "--command-address and --query-address, more time with --timeout.\n"
        case "DEADLINE_EXCEEDED", "READ_MODEL_BEHIND":
            text += "More time is given with --timeout; `tandem status` tells how the server is.\n"
        case "READ_MODEL_BUILDING":
            text += "The read side is being built; `tandem status` shows how far it is.\n"
        case "PROTOCOL_VIOLATION", "CONNECTION_REFUSED":
            text += "Another address is given with --command-address and --query-address.\n"
        case "KEY_EXPIRED":
            text += clockAdvice(now) ?? ""
        default: break
        }
        if retry == .onlyWithSameKey, let key {
            text +=
                "Whether the command was carried out is not known. "
                + "Send it again with --key \(key): it then happens once in all.\n"
        }
        return text
    }

    /// For programs, on standard error.
    package var json: JSON {
        [
            "error": [
                "code": .string(code.description),
                "reason": .string(reason),
                "message": .string(message),
                "metadata": .object(
                    metadata.sorted { $0.key < $1.key }.map {
                        JSON.Member(name: $0.key, value: .string($0.value))
                    }),
                "may_retry": .bool(retry != .never),
                "key": key.map { .string($0.description) } ?? .null,
            ]
        ]
    }

    /// A fresh key holds the time of this machine's clock; if that clock is wrong, every key is too
    /// old, and a new one is no help.
    private func clockAdvice(_ now: Timestamp) -> SafeText? {
        guard let milliseconds = metadata["server_time_ms"].flatMap({ Int64($0) }) else {
            return nil
        }
        let (server, isOverflow) = milliseconds.multipliedReportingOverflow(by: 1_000)
        guard !isOverflow else { return nil }
        let (ahead, hasOverflown) = server.subtractingReportingOverflow(now.microseconds)
        guard !hasOverflown, ahead.magnitude > 60_000_000 else { return nil }
        let span = clockText(.microseconds(Int64(clamping: ahead.magnitude)))
        return """
            This machine's clock says \(now.isoText), the server's \
            \(Timestamp(microseconds: server).isoText): \(span) (hours:minutes:seconds) \
            \(ahead > 0 ? "later" : "earlier"). Set the clock that is wrong. Until then keys \
            without the time in them work: --key $(tandem key --random)

            """
    }

    private var metadataTexts: [String] {
        metadata.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    }
}

extension JSON {
    /// Wrong arguments or input, in the shape of a server's error.
    static func usageError(_ message: String) -> JSON {
        [
            "error": [
                "code": "INVALID_ARGUMENT", "reason": "BAD_INPUT", "message": .string(message),
                "metadata": [:], "may_retry": .bool(false), "key": .null,
            ]
        ]
    }
}
