/// An ordered index of a collection: its name, and the one width that all of its keys have.
package struct IndexSchema: Hashable, Sendable {
    /// What statistics and errors call the index.
    package let name: String
    /// 1 to ``DocumentKey/byteCountMax``.
    package let keyByteCount: Int

    /// Another width than 1 to 48 bytes is a bug of the domain that declares the index, and traps.
    package init(name: String, keyByteCount: Int) {
        precondition(
            (1...DocumentKey.byteCountMax).contains(keyByteCount),
            "An index declares keys that are not 1 to 48 bytes wide.")
        self.name = name
        self.keyByteCount = keyByteCount
    }
}
