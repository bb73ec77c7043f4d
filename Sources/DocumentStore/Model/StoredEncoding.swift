/// How a document's body is stored, and sent to a client that takes it so.
///
/// 0 is as is, 1 is zlib, 2 and up zlib with the store's dictionary number `rawValue - 2`.
/// Dictionary numbers only ever grow; a store has at most ``dictionaryCountMax``.
package struct StoredEncoding: RawRepresentable, Hashable, Sendable {
    /// The most dictionaries a store can have in its life.
    package static let dictionaryCountMax = 64

    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let identity = StoredEncoding(rawValue: 0)
    package static let zlib = StoredEncoding(rawValue: 1)

    /// zlib with a preset dictionary, by its number in the store: 0 to 63.
    package static func dictionary(_ number: Int) -> StoredEncoding {
        precondition(
            (0..<dictionaryCountMax).contains(number),
            "A dictionary number is not one that a store can have.")
        return StoredEncoding(rawValue: UInt16(truncatingIfNeeded: number + 2))
    }

    /// Which of the store's dictionaries is needed; `nil` when none is.
    package var dictionaryNumber: Int? {
        rawValue < 2 ? nil : Int(rawValue) - 2
    }
}
