import Foundation
import Synchronization

/// Where people read, and the only place that writes: standard error takes what is said beside the
/// result.
package enum Terminal {
    /// Why standard output could not be written.
    package struct OutputFailure: Hashable, Sendable {
        package let reason: String
        /// Whoever read the output has had enough: nothing to tell.
        package let isBrokenPipe: Bool

        package init(reason: String, isBrokenPipe: Bool) {
            self.reason = reason
            self.isBrokenPipe = isBrokenPipe
        }
    }

    private static let firstFailure = Mutex<OutputFailure?>(nil)

    /// The first failure of ``write(_:)``.
    package static var outputFailure: OutputFailure? { firstFailure.withLock { $0 } }

    /// Whether standard error is a terminal.
    package static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether standard output is a terminal.
    package static var showsResults: Bool { isatty(STDOUT_FILENO) == 1 }

    /// To be called before anything is opened.
    package static func prepare() {
        // A reader that has gone shows as an error of the write; the signal would end the process
        // before it has said what it did.
        signal(SIGPIPE, SIG_IGN)
        // A standard stream that was closed would be given to the next socket, and the result be
        // written to the server. Open for reading only, writing it fails as it should.
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(stream, F_GETFD) == -1 {
            _ = unsafe open("/dev/null", O_RDONLY)
        }
    }

    package static func writeError(_ text: SafeText) {
        // Nowhere is left to report that this failed.
        _ = write(text, to: STDERR_FILENO)
    }

    /// Writes the result. A failure is remembered, and decides how the process ends.
    ///
    /// - Returns: Why it could not be written; after one failure, nothing more is.
    @discardableResult
    package static func write(_ text: SafeText) -> OutputFailure? {
        if let failure = outputFailure { return failure }
        let code = write(text, to: STDOUT_FILENO)
        guard code != 0 else { return nil }
        let failure = OutputFailure(
            reason: unsafe String(cString: strerror(code)), isBrokenPipe: code == EPIPE)
        firstFailure.withLock { $0 = failure }
        return failure
    }

    /// Returns the system's error number; 0 when all was written.
    private static func write(_ text: SafeText, to stream: Int32) -> Int32 {
        var rest = Array(text.string.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { bytes in
                unsafe Foundation.write(stream, bytes.baseAddress, bytes.count)
            }
            guard written < 0 else {
                rest = rest.dropFirst(written)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // Whoever gave us the stream has set it not to wait.
                var wanted = pollfd(fd: stream, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&wanted, 1, -1)
            case let code: return code
            }
        }
        return 0
    }
}
