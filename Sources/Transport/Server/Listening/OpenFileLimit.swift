import Foundation

/// How many descriptors the system lets this process have open: sockets, files, event loops.
package enum OpenFileLimit {
    /// What holds now.
    static var current: Int { read().map { Int(clamping: $0.rlim_cur) } ?? 1_024 }

    /// Raises the limit as far as a process may by itself: the usual 1,024 are fewer than the
    /// connections that a port allows, and are kept low only for programs that call `select`.
    ///
    /// - Returns: What holds from now on.
    @discardableResult
    package static func raise() -> Int {
        guard var limit = read(), limit.rlim_cur < limit.rlim_max else { return current }
        limit.rlim_cur = limit.rlim_max
        // Refused: what held before still holds, and the connections are counted by that.
        _ = unsafe setrlimit(resource, &limit)
        return current
    }

    private static func read() -> rlimit? {
        var limit = rlimit()
        return unsafe getrlimit(resource, &limit) == 0 ? limit : nil
    }

    #if canImport(Glibc)
        private static var resource: __rlimit_resource_t {
            __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        }
    #else
        private static var resource: Int32 { RLIMIT_NOFILE }
    #endif
}
