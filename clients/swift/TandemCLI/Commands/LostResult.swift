package import TandemCore

/// What is said on standard error when a command was carried out and standard output could not
/// take its result.
package struct LostResult: Sendable {
    /// Why, in the system's words.
    let reason: String
    let key: IdempotencyKey?

    package init(reason: String, key: IdempotencyKey?) {
        self.reason = reason
        self.key = key
    }

    /// - Parameter result: What standard output did not take.
    package func text(_ result: SafeText) -> SafeText {
        var text: SafeText =
            "error: it was done, but standard output could not be written (\(reason)). "
            + "The result:\n\(result)"
        if let key {
            text +=
                "key \(key)\nTo see the result again, repeat it with --key \(key): it then still "
                + "happens once in all. Without that key it happens a second time.\n"
        }
        return text
    }

    /// - Parameter result: What standard output did not take.
    package func json(_ result: JSON) -> JSON {
        [
            "error": [
                "code": "OK",
                "reason": "OUTPUT_NOT_WRITTEN",
                "message": .string(
                    "It was done, but standard output could not be written (\(reason))."),
                "metadata": [:],
                "may_retry": .bool(false),
                "key": key.map { .string($0.description) } ?? .null,
            ],
            "result": result,
        ]
    }
}
