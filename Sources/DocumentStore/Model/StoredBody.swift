/// A document's body as the store keeps it.
package struct StoredBody: Sendable, Hashable {
    /// The most bytes that a document can have, compressed or not: 16 MiB is what a frame can
    /// carry, less room for its header and metadata. The projector stops before it makes a larger
    /// one, and a copy that holds one is damaged.
    package static let byteCountMax = 16 << 20 - 64 << 10

    package let encoding: StoredEncoding
    /// The size of the document before it was compressed.
    package let rawByteCount: Int
    package let bytes: [UInt8]

    /// Sizes over ``byteCountMax`` are our own bug (whoever makes a body has looked), and trap.
    package init(encoding: StoredEncoding, rawByteCount: Int, bytes: [UInt8]) {
        let sizes = 0...Self.byteCountMax
        precondition(
            sizes.contains(rawByteCount) && sizes.contains(bytes.count),
            "A document is larger than the store takes.")
        self.encoding = encoding
        self.rawByteCount = rawByteCount
        self.bytes = bytes
    }
}
