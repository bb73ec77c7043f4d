/// A text that is the same as another only if every byte is.
///
/// Swift's own `==` on String asks whether two texts look the same (canonical equivalence): "José"
/// with one code point for its last letter equals "José" with two. SQLite, and clients in other
/// languages, compare bytes. What a domain keeps and compares is of this type, so that all sides
/// agree, and so that a change from one to the other is a change.
public struct ExactText: Hashable, Sendable {
    /// As it was given.
    public let value: String

    /// Keeps the text as it is.
    public init(_ value: String) {
        self.value = value
    }

    /// Byte by byte.
    public static func == (left: Self, right: Self) -> Bool {
        left.value.utf8.elementsEqual(right.value.utf8)
    }

    /// Over the bytes.
    public func hash(into hasher: inout Hasher) {
        // A byte that no text in UTF-8 holds ends it.
        for byte in value.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}

extension ExactText: CustomStringConvertible {
    /// The text.
    public var description: String { value }
}
