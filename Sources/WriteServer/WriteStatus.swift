import ConnectionState
import TandemCore
import Transport
import WireMessages

/// What the write server's ports answer to `tandem.meta.v1.Meta/Status`.
struct WriteStatus: Sendable {
    let epoch: LogEpoch
    let startedAt: MonotonicTime
    let head: @Sendable () -> LogPosition
    let queuedCount: @Sendable () -> Int

    /// - Parameter domain: the protobuf package of what the port serves; empty if it is none.
    func report(domain: String) -> PortReport {
        PortReport(domain: domain, status: reply)
    }

    func reply(now: MonotonicTime) -> Tandem_Meta_V1_StatusReply {
        var reply = Tandem_Meta_V1_StatusReply()
        reply.role = "write"
        reply.logEpoch = epoch.rawValue
        reply.headPosition = head().rawValue
        reply.queueLength = UInt64(clamping: queuedCount())
        reply.uptimeMs = UInt64(clamping: now.since(startedAt).wholeMilliseconds)
        return reply
    }
}
