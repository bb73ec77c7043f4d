public import SwiftProtobuf
import TandemCore

/// Reads messages of nothing but numbers, as the requests for a document are, without what
/// SwiftProtobuf's decoder needs to be ready for everything.
///
/// It gives up at whatever else stands in the bytes (texts, lists, messages, fields that the
/// message doesn't know, a number of ten bytes, what is malformed), and then nothing that it made
/// counts.
@safe struct FlatDecoder: PartialDecoder {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0
    /// Of the field that is read next.
    private var wireType: UInt8 = 0
    /// The last field's value was not asked for: the message doesn't know it.
    private var isFieldLeft = false
    private(set) var hasGivenUp = false

    init(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = unsafe bytes
    }

    mutating func nextFieldNumber() -> Int? {
        if isFieldLeft { hasGivenUp = true }
        guard !hasGivenUp, unsafe offset < bytes.count else { return nil }
        let start = offset
        let tag = readVarint()
        wireType = UInt8(truncatingIfNeeded: tag & 7)
        isFieldLeft = true
        let number = tag >> 3
        // A tag of more bytes is malformed, whatever its value.
        guard !hasGivenUp, offset - start <= 5, number > 0, tag <= UInt64(UInt32.max) else {
            hasGivenUp = true
            return nil
        }
        return Int(truncatingIfNeeded: number)
    }

    mutating func decodeOther() { hasGivenUp = true }

    mutating func decodeSingularUInt64Field(value: inout UInt64) { value = varint() }
    mutating func decodeSingularInt64Field(value: inout Int64) {
        value = Int64(bitPattern: varint())
    }
    mutating func decodeSingularUInt32Field(value: inout UInt32) {
        value = UInt32(truncatingIfNeeded: varint())
    }
    mutating func decodeSingularInt32Field(value: inout Int32) {
        value = Int32(truncatingIfNeeded: varint())
    }
    mutating func decodeSingularBoolField(value: inout Bool) { value = varint() != 0 }

    /// The value of a field that is a varint on the wire, too.
    private mutating func varint() -> UInt64 {
        isFieldLeft = false
        guard wireType == 0 else {
            hasGivenUp = true
            return 0
        }
        return readVarint()
    }

    private mutating func readVarint() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while unsafe offset < bytes.count, shift < 63 {
            let byte = unsafe bytes[offset]
            offset &+= 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        hasGivenUp = true
        return 0
    }
}

extension Message {
    /// Takes over what is in `bytes`, if that is nothing but numbers that the message knows. False
    /// says nothing about them, and leaves the message in any state.
    @usableFromInline mutating func mergeFlat(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var decoder = unsafe FlatDecoder(bytes)
        // The decoder throws nothing.
        do { try decodeMessage(decoder: &decoder) } catch { return false }
        return !decoder.hasGivenUp && isInitialized
    }
}
