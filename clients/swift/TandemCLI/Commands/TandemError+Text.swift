import EventModel
package import TandemClient

extension TandemError {
    /// What happened, where, and what to do; ended lines for standard error.
    package var advice: String {
        var text = "error: \(message.onOneLine)"
        let facts = ([reason.isEmpty ? code.description : reason] + metadataTexts).joined(
            separator: ", ")
        text += " (\(facts))\n"
        if isNotConnected {
            text +=
                "Is the server running there? Another address is given with "
                + "--command-address and --query-address.\n"
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

    private var isNotConnected: Bool {
        reason == "NOT_REACHABLE"
    }

    private var metadataTexts: [String] {
        metadata.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)".onOneLine }
    }
}
