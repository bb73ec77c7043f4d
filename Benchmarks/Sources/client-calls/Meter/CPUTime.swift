#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The processor time that a process has used, by its own code and in the kernel for it.
struct CPUTime {
    let user: Duration
    let system: Duration

    /// This process's, all its threads together. Source: man 2 getrusage.
    static var ofThisProcess: CPUTime {
        var usage = rusage()
        #if canImport(Glibc)
            // An enum in C.
            let whom = Int32(RUSAGE_SELF.rawValue)
        #else
            let whom = RUSAGE_SELF
        #endif
        guard unsafe getrusage(whom, &usage) == 0 else {
            preconditionFailure("getrusage of oneself can't fail.")
        }
        return CPUTime(user: Duration(usage.ru_utime), system: Duration(usage.ru_stime))
    }

    static func - (later: CPUTime, earlier: CPUTime) -> CPUTime {
        CPUTime(user: later.user - earlier.user, system: later.system - earlier.system)
    }
}

extension Duration {
    fileprivate init(_ time: timeval) {
        self = .seconds(Int64(time.tv_sec)) + .microseconds(Int64(time.tv_usec))
    }
}
