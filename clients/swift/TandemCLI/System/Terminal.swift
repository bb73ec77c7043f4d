import Foundation
import Synchronization

/// Where people read: standard error takes what is said beside the result.
package enum Terminal {
    /// Why standard output could not be written.
    package struct OutputFailure: Hashable, Sendable {
        package let reason: String
        /// Whoever read the output has had enough: nothing to tell.
        package let isBrokenPipe: Bool
    }

    private static let firstFailure = Mutex<OutputFailure?>(nil)

    /// The first failure of ``write(_:)``.
    package static var outputFailure: OutputFailure? { firstFailure.withLock { $0 } }

    /// Whether standard error is a terminal.
    package static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    package static func writeError(_ text: String) {
        // Nowhere is left to report that this failed.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    /// Writes the result; a failure is remembered, and decides how the process ends.
    package static func write(_ text: String) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            let failure = OutputFailure(error as NSError)
            firstFailure.withLock { first in
                if first == nil { first = failure }
            }
        }
    }
}

extension Terminal.OutputFailure {
    fileprivate init(_ error: NSError) {
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        reason = cause.localizedDescription
        isBrokenPipe = cause.domain == NSPOSIXErrorDomain && cause.code == Int(EPIPE)
    }
}
