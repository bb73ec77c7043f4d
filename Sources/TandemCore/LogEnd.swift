/// How far a log goes, and what it holds up to there: two logs that have an end in common are the
/// same up to it.
package struct LogEnd: Hashable, Sendable {
    /// The last event's; 0 of a log without any.
    package let position: LogPosition
    /// Its digest: it depends on all events up to there. 32 bytes.
    package let digest: [UInt8]

    package init(position: LogPosition, digest: [UInt8]) {
        (self.position, self.digest) = (position, digest)
    }
}
