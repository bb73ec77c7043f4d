import TandemCore

extension DocumentKey: Hashable {
    /// The same bytes, and as many.
    public static func == (left: Self, right: Self) -> Bool {
        left.count == right.count && left.words.0 == right.words.0
            && left.words.1 == right.words.1 && left.words.2 == right.words.2
            && left.words.3 == right.words.3 && left.words.4 == right.words.4
            && left.words.5 == right.words.5
    }

    /// Feeds all bytes to a hasher, a word at a time: what is behind them is zero.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        if count > 8 { hasher.combine(words.1) }
        if count > 16 {
            hasher.combine(words.2)
            hasher.combine(words.3)
        }
        if count > 32 {
            hasher.combine(words.4)
            hasher.combine(words.5)
        }
        hasher.combine(count)
    }
}

extension DocumentKey: Comparable {
    /// Byte by byte; of two keys that agree as far as the shorter goes, the shorter comes first.
    public static func < (left: Self, right: Self) -> Bool {
        // The zeros after the end make this the order of the bytes; the count decides the rest.
        if left.words.0 != right.words.0 {
            return left.words.0.bigEndian < right.words.0.bigEndian
        }
        if left.words.1 != right.words.1 {
            return left.words.1.bigEndian < right.words.1.bigEndian
        }
        if left.words.2 != right.words.2 {
            return left.words.2.bigEndian < right.words.2.bigEndian
        }
        if left.words.3 != right.words.3 {
            return left.words.3.bigEndian < right.words.3.bigEndian
        }
        if left.words.4 != right.words.4 {
            return left.words.4.bigEndian < right.words.4.bigEndian
        }
        if left.words.5 != right.words.5 {
            return left.words.5.bigEndian < right.words.5.bigEndian
        }
        return left.count < right.count
    }
}

extension DocumentKey: CustomStringConvertible {
    /// Two lower-case hexadecimal digits for each byte.
    public var description: String { HexText.of(bytes) }
}
