import Foundation

/// A directory of a test's own, deleted with it.
final class TemporaryDirectory: Sendable {
    let path: String

    /// - Parameter inMemory: where waiting for the disk is most of what a test would do, and a
    ///   power failure not the matter.
    init(inMemory: Bool = false) {
        let memory = "/dev/shm"
        let isThere = inMemory && FileManager.default.isWritableFile(atPath: memory)
        path = (isThere ? memory : NSTemporaryDirectory())
            + "/tandem-copy-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
