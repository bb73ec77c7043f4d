import Foundation

/// Where people read: standard error takes what is said beside the result.
package enum Terminal {
    /// Whether standard error is a terminal.
    package static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    package static func writeError(_ text: String) {
        // Nowhere is left to report that this failed.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    package static func write(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
}
