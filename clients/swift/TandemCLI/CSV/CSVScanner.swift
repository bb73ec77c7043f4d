/// Finds the fields of one record in bytes that may not all be there yet. Pure: it keeps its place
/// between calls, and all its offsets count from the record's first byte.
package struct CSVScanner: Sendable {
    package struct Field: Hashable, Sendable {
        /// Without the quotes.
        package let start: Int
        package let end: Int
        package let isQuoted: Bool
        package let hasDoubledQuotes: Bool

        /// Where the field begins, its quote included.
        var outerStart: Int { isQuoted ? start - 1 : start }
        var isEmptyAndUnquoted: Bool { start == end && !isQuoted }
    }

    package enum OnScan: Hashable, Sendable {
        /// The record is complete and takes so many bytes, its line end included.
        case complete(byteCount: Int)
        case needsMore
        case fault(CSVFault, offset: Int)
    }

    private enum State: Sendable {
        case fieldStart, unquoted, quoted, quoteInQuoted, carriageReturn
    }

    package private(set) var fields: [Field] = []
    /// The lines that the record takes: 1, and one for each line break inside quotes.
    package private(set) var lineCount = 1
    private var state = State.fieldStart
    private var offset = 0
    private var fieldStart = 0
    private var isQuoted = false
    private var hasDoubledQuotes = false

    package init() {}

    /// Forgets the record before.
    package mutating func begin() {
        fields.removeAll(keepingCapacity: true)
        lineCount = 1
        offset = 0
        startField()
    }

    /// Goes on where it stopped.
    ///
    /// - Parameters:
    ///   - buffer: The record's bytes so far, from `base`.
    package mutating func scan(_ buffer: [UInt8], from base: Int) -> OnScan {
        let bytes = buffer.span
        let end = bytes.count
        var at = base + offset
        while at < end {
            switch state {
            case .fieldStart:
                if bytes[at] == UInt8(ascii: "\"") {
                    isQuoted = true
                    state = .quoted
                    at += 1
                } else {
                    state = .unquoted
                }
                fieldStart = at - base
            case .unquoted:
                // Digits and letters are above the comma; all that means something is not.
                while at < end, bytes[at] > UInt8(ascii: ",") { at += 1 }
                guard at < end else { break }
                let byte = bytes[at]
                if byte == UInt8(ascii: "\"") {
                    return .fault(.quoteInUnquotedField, offset: at - base)
                }
                if let done = closeField(on: byte, at: at - base, fieldEnd: at - base) {
                    return done
                }
                at += 1
            case .quoted:
                while at < end, bytes[at] != UInt8(ascii: "\"") {
                    if bytes[at] == UInt8(ascii: "\n") { lineCount += 1 }
                    at += 1
                }
                guard at < end else { break }
                state = .quoteInQuoted
                at += 1
            case .quoteInQuoted:
                if bytes[at] == UInt8(ascii: "\"") {
                    hasDoubledQuotes = true
                    state = .quoted
                } else {
                    let count = fields.count
                    let done = closeField(on: bytes[at], at: at - base, fieldEnd: at - base - 1)
                    if let done { return done }
                    guard fields.count > count else {
                        return .fault(.textAfterClosingQuote, offset: at - base)
                    }
                }
                at += 1
            case .carriageReturn:
                guard bytes[at] == UInt8(ascii: "\n") else {
                    return .fault(.bareCarriageReturn, offset: at - base - 1)
                }
                return .complete(byteCount: at - base + 1)
            }
        }
        offset = at - base
        return .needsMore
    }

    /// There are no more bytes than `byteCount`. `needsMore` here means that no record began.
    package mutating func end(at byteCount: Int) -> OnScan {
        switch state {
        case .fieldStart where fields.isEmpty: return .needsMore
        case .fieldStart:
            fieldStart = byteCount
            addField(end: byteCount)
        case .unquoted: addField(end: byteCount)
        case .quoted: return .fault(.unclosedQuote, offset: fieldStart - 1)
        case .quoteInQuoted: addField(end: byteCount - 1)
        case .carriageReturn: break
        }
        return .complete(byteCount: byteCount)
    }

    private mutating func closeField(on byte: UInt8, at offset: Int, fieldEnd: Int) -> OnScan? {
        switch byte {
        case UInt8(ascii: ","):
            addField(end: fieldEnd)
        case UInt8(ascii: "\n"):
            addField(end: fieldEnd)
            return .complete(byteCount: offset + 1)
        case UInt8(ascii: "\r"):
            addField(end: fieldEnd)
            state = .carriageReturn
        default:
            break
        }
        return nil
    }

    private mutating func addField(end: Int) {
        fields.append(
            Field(
                start: fieldStart, end: end, isQuoted: isQuoted,
                hasDoubledQuotes: hasDoubledQuotes))
        startField()
    }

    private mutating func startField() {
        state = .fieldStart
        isQuoted = false
        hasDoubledQuotes = false
    }
}
