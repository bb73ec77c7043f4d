internal import Foundation

/// What a file system holds.
package struct DiskSpace: Hashable, Sendable {
    /// What a user without privileges can still write.
    package let freeByteCount: Int
    package let byteCount: Int

    package init(freeByteCount: Int, byteCount: Int) {
        self.freeByteCount = freeByteCount
        self.byteCount = byteCount
    }

    /// The file system of a file that is there; `nil` if the system won't say.
    package static func around(_ path: String) -> DiskSpace? {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { return nil }
        let block = UInt64(status.f_frsize)
        func byteCount(_ blocks: UInt64) -> Int {
            let (bytes, overflow) = blocks.multipliedReportingOverflow(by: block)
            return overflow ? .max : Int(clamping: bytes)
        }
        return DiskSpace(
            freeByteCount: byteCount(UInt64(status.f_bavail)),
            byteCount: byteCount(UInt64(status.f_blocks)))
    }
}
