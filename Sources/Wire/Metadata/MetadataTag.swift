/// What a metadata entry is: the first byte of `u8 tag, u16 length, bytes`.
package enum MetadataTag: UInt8, Sendable, CaseIterable {
    /// Request: W3C trace context, as text.
    case traceParent = 0x01
    /// Request: 16 bytes.
    case idempotencyKey = 0x02
    /// Request: a consistency token that the answer must reflect at least, 16 bytes.
    case atLeast = 0x03
    /// Request: how old the answer's knowledge may be, u32 milliseconds.
    case maxStaleness = 0x04
    /// Answer: the consistency token that it reached or reflects, 16 bytes.
    case token = 0x05
    /// Answer: the age of what it reflects, u32 milliseconds.
    case age = 0x06
    /// Both: `name NUL value`, both UTF-8; may repeat.
    case customText = 0x40
    /// Both: `name NUL value`, the name UTF-8, the value any bytes; may repeat.
    case customBinary = 0x41

    /// Tags from here on may be skipped by who doesn't know them.
    package static let firstIgnorable: UInt8 = 0x80

    /// Whether one block may hold it more than once.
    package var mayRepeat: Bool {
        switch self {
        case .customText, .customBinary: true
        case .traceParent, .idempotencyKey, .atLeast, .maxStaleness, .token, .age: false
        }
    }
}
