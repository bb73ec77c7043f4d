internal import Foundation

/// What the process has of memory to itself: resident, and not of a file.
///
/// The file stays open, since a process that has run out of descriptors has to know all the more.
/// Source: man 5 proc_pid_statm.
final class ResidentMemory: Sendable {
    private let descriptor: CInt

    /// `nil` where the system doesn't say.
    init?() {
        descriptor = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// As of now; `nil` if it can't be read.
    var byteCount: Int? {
        let text = unsafe withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            let count = unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0)
            return unsafe String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        }
        let pages = text.split(separator: " ").compactMap { Int($0) }
        guard pages.count > 2 else { return nil }
        return (pages[1] - pages[2]) * Int(sysconf(CInt(_SC_PAGESIZE)))
    }
}
