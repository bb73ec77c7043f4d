/// Where a scan begins: at the edge of its range, or behind the key it continues after, whichever
/// comes later in its direction.
struct ScanStart: Equatable {
    /// As wide as the index's keys.
    let key: DocumentKey
    /// Whether the key itself lies in front of the place that this describes.
    let orEqual: Bool

    init(_ range: IndexRange, after: DocumentKey?, keyByteCount width: Int) {
        let edge = Self.edge(of: range, keyByteCount: width)
        // A made-up cursor must not lead out of the range.
        guard let after, case let resumed = after.bound(byteCount: width, fill: 0),
            range.descending ? resumed <= edge.key : resumed >= edge.key
        else {
            self = edge
            return
        }
        key = resumed
        // A key that was cut off stands behind all that equal the rest; one that was filled up
        // stands in front of them.
        orEqual = range.descending ? after.byteCount > width : after.byteCount >= width
    }

    private init(key: DocumentKey, orEqual: Bool) {
        self.key = key
        self.orEqual = orEqual
    }

    private static func edge(of range: IndexRange, keyByteCount width: Int) -> ScanStart {
        if range.descending {
            let last = range.prefix.bound(byteCount: width, fill: 0xFF)
            if let upper = range.upper?.bound(byteCount: width, fill: 0), upper <= last {
                return ScanStart(key: upper, orEqual: false)
            }
            return ScanStart(key: last, orEqual: true)
        }
        let first = range.prefix.bound(byteCount: width, fill: 0)
        let lower = range.lower?.bound(byteCount: width, fill: 0) ?? first
        return ScanStart(key: max(first, lower), orEqual: false)
    }
}
