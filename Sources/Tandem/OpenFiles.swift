import Logging
import Transport
import Wire

/// The system's limit on open files, which bounds the connections too.
enum OpenFiles {
    /// Raises the limit as far as may be, before anything is opened; says so if there is less room
    /// than `limits` promise.
    static func raise(for limits: WireLimits, logger: Logger) {
        let limit = OpenFileLimit.raise()
        let room = DescriptorBudget.process.connectionCountMax
        guard room < limits.connectionCountMax else { return }
        logger.warning(
            """
            the limit of \(limit) open files leaves room for \(room) connections of all ports \
            together; a port is allowed \(limits.connectionCountMax). Raise the hard limit \
            (ulimit -Hn, systemd: LimitNOFILE), or set --limit connections
            """)
    }
}
