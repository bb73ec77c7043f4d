/// Bytes that come piece by piece.
package protocol ByteSource: Sendable {
    /// The next piece; empty at the end. Holds up the caller while it reads.
    mutating func read() throws(FileFailure) -> [UInt8]
}

/// Pieces that are at hand already.
package struct PiecesSource: ByteSource {
    private var pieces: ArraySlice<[UInt8]>

    package init(_ pieces: [[UInt8]]) {
        // An empty piece would be taken for the end.
        self.pieces = pieces.filter { !$0.isEmpty }[...]
    }

    package mutating func read() -> [UInt8] { pieces.popFirst() ?? [] }
}
