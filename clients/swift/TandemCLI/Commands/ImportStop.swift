/// Why an import stopped before its end, and what to do.
package struct ImportStop: Sendable {
    package let status: ExitStatus
    private let code: String
    private let reason: String
    /// What happened; one line without an end.
    private let what: SafeText
    /// Which row, where people are told it among the others; one line without an end.
    private let problem: SafeText
    private let skipHint: SafeText
    private let mayRetry: Bool

    package init(_ stop: ImportPhase.Stop) {
        let hint: SafeText = "Correct the file, or leave such rows out with --skip-bad."
        switch stop {
        case .interrupted:
            (status, code, reason) = (.interrupted, "CANCELLED", "INTERRUPTED")
            (what, problem, skipHint, mayRetry) = ("stopped.", "", "", true)
        case .badRow(let problem):
            (status, code, reason) = (.usage, "INVALID_ARGUMENT", "BAD_INPUT")
            what = "stopped at a bad row."
            self.problem = "\(problem)."
            (skipHint, mayRetry) = (hint, false)
        case .rejected(let problem):
            (status, code, reason) = (.rejected, "FAILED_PRECONDITION", "ROW_REJECTED")
            what = "stopped at a row that the server rejects."
            self.problem = "\(problem)."
            (skipHint, mayRetry) = (hint, false)
        case .file(let failure):
            (status, code, reason) = (.usage, "INVALID_ARGUMENT", "BAD_INPUT")
            (what, problem, skipHint, mayRetry) = ("\(failure).", "", "", false)
        }
    }

    static let again: SafeText =
        "What was imported stays. Run the same command again to go on; nothing is imported twice."

    /// For people; ended lines for standard error.
    package var text: SafeText {
        let start: SafeText = status == .interrupted ? "" : "error: "
        let end: SafeText = skipHint.string.isEmpty ? "" : skipHint + "\n"
        return start + what + " " + Self.again + "\n" + end
    }

    /// In the shape of a server's error.
    package var json: JSON {
        let parts = [what, problem, Self.again, skipHint].map(\.string).filter { !$0.isEmpty }
        return [
            "error": [
                "code": .string(code), "reason": .string(reason),
                "message": .string(parts.joined(separator: " ")), "metadata": [:],
                "may_retry": .bool(mayRetry), "key": .null,
            ]
        ]
    }
}
