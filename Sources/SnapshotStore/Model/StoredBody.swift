/// A document's body as the store keeps it.
package struct StoredBody: Sendable, Hashable {
    package let encoding: StoredEncoding
    /// The size of the document before it was compressed.
    package let rawByteCount: Int
    package let bytes: [UInt8]

    /// Sizes over 4 GiB are our own bug (the limits of a feed batch are far below) and trap.
    package init(encoding: StoredEncoding, rawByteCount: Int, bytes: [UInt8]) {
        precondition(
            rawByteCount >= 0 && rawByteCount <= Int(UInt32.max) && bytes.count <= Int(UInt32.max),
            "A document is larger than the 4 GiB that the store can hold.")
        self.encoding = encoding
        self.rawByteCount = rawByteCount
        self.bytes = bytes
    }
}
