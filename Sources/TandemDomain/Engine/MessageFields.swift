/// The fields of a serialized message that have content (messages, texts, bytes), one after the
/// other, for those who don't decode it. Pure; O(fields).
struct MessageFields {
    private var rest: ArraySlice<UInt8>

    /// What isn't a message.
    struct Malformed: Error {}

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// The next field with content, `nil` when there are no more; numbers are passed over.
    mutating func next() throws(Malformed) -> (number: UInt64, content: ArraySlice<UInt8>)? {
        while !rest.isEmpty {
            let tag = try readVarint()
            switch tag & 7 {
            case 0: _ = try readVarint()
            case 1: _ = try take(8)
            case 2: return (tag >> 3, try take(try readVarint()))
            case 5: _ = try take(4)
            default: throw Malformed()
            }
        }
        return nil
    }

    private mutating func take(_ count: UInt64) throws(Malformed) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw Malformed() }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }

    private mutating func readVarint() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard let byte = rest.popFirst() else { throw Malformed() }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Malformed()
    }
}
