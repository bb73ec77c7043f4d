/// Arguments or input that can't be worked with: exit status 2.
protocol InputFailure: Error {
    /// What, where and what to do.
    var message: String { get }
}

/// The command can't be run as it was given.
package struct UsageFailure: InputFailure, Hashable, Sendable {
    package let message: String

    package init(_ message: String) {
        self.message = message
    }
}

/// The command has said what there is to say; only its exit code is left.
package struct SilentExit: Error, Hashable, Sendable {
    package let code: ExitStatus

    package init(_ code: ExitStatus) {
        self.code = code
    }
}

/// How the process ends: scripts rely on the numbers.
package enum ExitStatus: Int32, Sendable {
    case ok = 0
    /// The server said no; of a benchmark, some requests failed.
    case rejected = 1
    /// Wrong arguments or unreadable input.
    case usage = 2
    /// The server could not be reached, or didn't answer in time.
    case unreachable = 3
    /// The import finished, but rows were left out.
    case rowsLeftOut = 4
    /// Done, but standard output could not be written.
    case notWritten = 5
    /// Stopped by Ctrl-C.
    case interrupted = 130
}
