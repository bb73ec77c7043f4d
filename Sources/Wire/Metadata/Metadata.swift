package import NIOCore
package import TandemCore

/// The entries of one metadata block that this version knows.
///
/// An entry whose value has the wrong form, or that is one of the application's too many, is kept
/// apart in ``malformed``: it is the application's mistake, answered on the stream, not a violation
/// that ends the connection.
package struct Metadata: Hashable, Sendable {
    package var traceParent: String?
    package var idempotencyKey: IdempotencyKey?
    package var atLeast: ConsistencyToken?
    package var maxStalenessMilliseconds: UInt32?
    package var token: ConsistencyToken?
    package var ageMilliseconds: UInt32?
    /// The application's own entries, in their order.
    package var custom: [CustomEntry] = []
    /// The first entry whose value can't be read, or that is one too many.
    package var malformed: MetadataTag?

    /// Entries of the application's in a block: each takes 5 bytes at least, and 64 when decoded.
    package static let customCountMax = 64

    package init() {}

    /// Takes a block, `u16 length, entries`, off the front of `payload`.
    ///
    /// O(length); allocates nothing unless there is text or an entry of the application's.
    package init(
        readingFrom payload: inout ByteBuffer, byteCountMax: Int
    ) throws(ProtocolViolation) {
        guard let length = payload.readInteger(as: UInt16.self),
            var block = payload.readSlice(length: Int(length))
        else { throw .truncatedMetadata }
        guard length <= byteCountMax else {
            throw .metadataTooLong(byteCount: Int(length), byteCountMax: byteCountMax)
        }
        self.init()
        var seen: UInt64 = 0
        while block.readableBytes > 0 {
            guard let (tag, length) = block.readMultipleIntegers(as: (UInt8, UInt16).self),
                var value = block.readSlice(length: Int(length))
            else { throw .truncatedMetadata }
            guard let known = MetadataTag(rawValue: tag) else {
                guard tag >= MetadataTag.firstIgnorable else { throw .unknownMetadata(tag: tag) }
                continue
            }
            if !known.mayRepeat {
                guard seen & 1 << UInt64(tag) == 0 else { throw .duplicateMetadata(tag: tag) }
                seen |= 1 << UInt64(tag)
            }
            let isOneTooMany = known.mayRepeat && custom.count == Self.customCountMax
            if isOneTooMany || !take(known, &value) { malformed = malformed ?? known }
        }
    }

    /// Stores one entry; false if its value has the wrong form.
    private mutating func take(_ tag: MetadataTag, _ value: inout ByteBuffer) -> Bool {
        switch tag {
        case .traceParent:
            // Not UTF-8: the block is malformed.
            traceParent = try? value.readUTF8ValidatedString(length: value.readableBytes)
            return traceParent != nil
        case .idempotencyKey:
            guard let (high, low) = value.readWhole(as: (UInt64, UInt64).self) else { return false }
            idempotencyKey = IdempotencyKey(high: high, low: low)
        case .atLeast:
            atLeast = ConsistencyToken(reading: &value)
            return atLeast != nil
        case .maxStaleness:
            guard value.readableBytes == 4 else { return false }
            maxStalenessMilliseconds = value.readInteger()
        case .token:
            token = ConsistencyToken(reading: &value)
            return token != nil
        case .age:
            guard value.readableBytes == 4 else { return false }
            ageMilliseconds = value.readInteger()
        case .customText:
            guard let entry = CustomEntry(readingTextFrom: &value) else { return false }
            custom.append(entry)
        case .customBinary:
            guard let entry = CustomEntry(readingBinaryFrom: &value) else { return false }
            custom.append(entry)
        }
        return true
    }
}

extension ByteBuffer {
    /// Two integers, if they are all that is left.
    fileprivate mutating func readWhole(as: (UInt64, UInt64).Type) -> (UInt64, UInt64)? {
        guard readableBytes == 16 else { return nil }
        return readMultipleIntegers(as: (UInt64, UInt64).self)
    }
}

extension ConsistencyToken {
    /// Exactly sixteen bytes; `nil` for any other number.
    fileprivate init?(reading value: inout ByteBuffer) {
        guard let (epoch, position) = value.readWhole(as: (UInt64, UInt64).self) else {
            return nil
        }
        self.init(
            epoch: LogEpoch(rawValue: epoch), position: LogPosition(rawValue: position))
    }
}
