package import NIOCore
import TandemCore

extension Metadata {
    /// The size of the entries that ``write(to:)`` writes; 0 if there are none.
    package var entriesByteCount: Int {
        var count = 0
        if let traceParent { count += 3 + traceParent.utf8.count }
        if idempotencyKey != nil { count += 3 + IdempotencyKey.byteCount }
        if atLeast != nil { count += 3 + ConsistencyToken.byteCount }
        if maxStalenessMilliseconds != nil { count += 3 + 4 }
        if token != nil { count += 3 + ConsistencyToken.byteCount }
        if ageMilliseconds != nil { count += 3 + 4 }
        for entry in custom { count += 3 + entry.byteCount }
        return count
    }

    /// Writes the block, `u16 length, entries`.
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt16(clamping: entriesByteCount))
        if let traceParent {
            buffer.writeMultipleIntegers(
                MetadataTag.traceParent.rawValue, UInt16(clamping: traceParent.utf8.count))
            buffer.writeString(traceParent)
        }
        if let key = idempotencyKey {
            buffer.writeMultipleIntegers(
                MetadataTag.idempotencyKey.rawValue, UInt16(16), key.high, key.low)
        }
        if let token = atLeast { write(.atLeast, token, to: &buffer) }
        if let milliseconds = maxStalenessMilliseconds {
            buffer.writeMultipleIntegers(
                MetadataTag.maxStaleness.rawValue, UInt16(4), milliseconds)
        }
        if let token { write(.token, token, to: &buffer) }
        if let milliseconds = ageMilliseconds {
            buffer.writeMultipleIntegers(MetadataTag.age.rawValue, UInt16(4), milliseconds)
        }
        for entry in custom { entry.write(to: &buffer) }
    }

    private func write(
        _ tag: MetadataTag, _ token: ConsistencyToken, to buffer: inout ByteBuffer
    ) {
        buffer.writeMultipleIntegers(
            tag.rawValue, UInt16(16), token.epoch.rawValue, token.position.rawValue)
    }
}
