/// The fields of a serialized message that have content (messages, texts, bytes), one after the
/// other, for those who don't decode it. Pure; O(fields).
struct MessageFields {
    private var rest: ArraySlice<UInt8>

    /// Fields that may still be looked at.
    private(set) var fieldsLeft: Int

    enum Fault: Error {
        /// The bytes are no message.
        case malformed
        case tooManyFields
    }

    init(_ bytes: ArraySlice<UInt8>, fieldCountMax: Int = .max) {
        rest = bytes
        fieldsLeft = fieldCountMax
    }

    /// The next field with content, `nil` when there are no more; numbers are passed over, and so
    /// are groups (which proto3 has none of) with all that is in them.
    mutating func next() throws(Fault) -> (number: UInt64, content: ArraySlice<UInt8>)? {
        var groups: [UInt64] = []
        while !rest.isEmpty {
            guard fieldsLeft > 0 else { throw .tooManyFields }
            fieldsLeft -= 1
            let left = rest.count
            let tag = try readVarint()
            let number = tag >> 3
            // As SwiftProtobuf has it: a tag of more bytes is malformed, whatever its value.
            guard number > 0, tag <= UInt64(UInt32.max), left - rest.count <= 5 else {
                throw .malformed
            }
            switch tag & 7 {
            case 0: _ = try readVarint()
            case 1: _ = try take(8)
            case 2:
                let content = try take(try readVarint())
                if groups.isEmpty { return (number, content) }
            case 3 where groups.count < Self.depthMax: groups.append(number)
            case 4 where groups.last == number: groups.removeLast()
            case 5: _ = try take(4)
            default: throw .malformed
            }
        }
        guard groups.isEmpty else { throw .malformed }
        return nil
    }

    /// As SwiftProtobuf has it.
    private static let depthMax = 99

    private mutating func take(_ count: UInt64) throws(Fault) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw .malformed }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }

    private mutating func readVarint() throws(Fault) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard let byte = rest.popFirst() else { throw .malformed }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .malformed
    }
}
