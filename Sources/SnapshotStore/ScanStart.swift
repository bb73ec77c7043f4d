/// Where a scan begins: at the edge of its prefix, or behind the key it continues after, whichever
/// comes later in its direction.
struct ScanStart: Equatable {
    /// As wide as the index's keys.
    let key: DocumentKey
    /// Whether the key itself lies in front of the place that this describes.
    let orEqual: Bool

    init(prefix: DocumentKey, after: DocumentKey?, descending: Bool, keyByteCount width: Int) {
        let edge = prefix.bound(byteCount: width, fill: descending ? 0xff : 0)
        guard let after else {
            key = edge
            orEqual = descending
            return
        }
        let resumed = after.bound(byteCount: width, fill: 0)
        guard descending ? resumed <= edge : resumed >= edge else {
            // A made-up cursor must not lead out of the prefix.
            key = edge
            orEqual = descending
            return
        }
        key = resumed
        // A key that was cut off stands behind all that equal the rest; one that was filled up
        // stands in front of them.
        orEqual = descending ? after.byteCount > width : after.byteCount >= width
    }
}
