import CZlib

/// Brings a deflate stream back to where it began, by undoing what one short document has changed.
///
/// `deflateCopy` copies all of a stream's memory, 160 KiB, and that took a third of the time of an
/// order of 250 bytes. zlib 1.2 and 1.3 keep it in five blocks, asked for in this order: the state,
/// the window (2^windowBits, twice), the chains of positions (2 bytes each, as many as a window
/// has), the chains' heads, and what waits to go out. A document changes the state; heads anywhere;
/// of the window and the chains only what belongs to its own positions, unless it is so long that
/// the window slides. What its positions leave in the window is reached from no head any more, and
/// what waits is written before it is read. (deflate.c of zlib 1.2.13: deflateCopy, fill_window)
@safe struct DeflateRewind {
    // Blocks of the stream's memory, and copies of what they held; the copies are this value's own
    // until `deallocate`.
    private let stream: UnsafeMutablePointer<z_stream>
    private let savedStream: z_stream
    private let state: Saved
    private let heads: Saved
    private let chains: Saved
    private let windowByteCount: Int
    /// Where a document begins in the window.
    private let start: Int
    /// Of the last document, whose positions are to be undone.
    private var dirtyByteCount = 0

    /// The longest document that can be undone.
    let byteCountMax: Int

    /// `nil`: this zlib is of another make.
    init?(
        _ stream: UnsafeMutablePointer<z_stream>, blocks: [ZlibMemory.Block],
        parameters: DeflateParameters, dictionaryByteCount: Int
    ) {
        let window = 1 << Int(parameters.windowBits)
        let headCount = 1 << (Int(parameters.memoryLevel) + 7)
        let version = unsafe String(cString: zlibVersion())
        guard version.hasPrefix("1.2.") || version.hasPrefix("1.3"), !version.contains("ng"),
            blocks.count == 5, (4_096...16_384).contains(blocks[0].byteCount),
            blocks[1].byteCount == 2 * window, blocks[2].byteCount == 2 * window,
            blocks[3].byteCount == 2 * headCount
        else { return nil }
        unsafe self.stream = stream
        unsafe savedStream = stream.pointee
        state = Saved(blocks[0])
        chains = Saved(blocks[2])
        heads = Saved(blocks[3])
        windowByteCount = window
        start = min(dictionaryByteCount, window)
        byteCountMax = max(0, 2 * window - start - Self.slack)
    }

    /// More than zlib keeps free at a window's end (MIN_LOOKAHEAD, 262).
    private static let slack = 1_024
    /// Positions before a document that are entered with it (MIN_MATCH, 3), and as many behind.
    private static let margin = 4

    /// To the beginning of a document of so many bytes, ``byteCountMax`` at most.
    mutating func rewind(for byteCount: Int) {
        unsafe stream.pointee = unsafe savedStream
        state.restore(0..<state.byteCount)
        heads.restore(0..<heads.byteCount)
        // Positions stand in the chains by their remainder.
        let first = max(0, start - Self.margin)
        let end = start + dirtyByteCount + Self.margin
        var position = first
        while position < end {
            let place = position % windowByteCount
            let count = min(end - position, windowByteCount - place)
            chains.restore(2 * place..<2 * (place + count))
            position += count
        }
        dirtyByteCount = byteCount
    }

    func deallocate() {
        for saved in [state, heads, chains] { saved.deallocate() }
    }

    @safe private struct Saved {
        private let block: UnsafeMutableRawPointer
        private let copy: UnsafeMutableRawPointer
        let byteCount: Int

        init(_ block: ZlibMemory.Block) {
            unsafe self.block = unsafe block.address
            byteCount = block.byteCount
            unsafe copy = .allocate(byteCount: block.byteCount, alignment: 64)
            unsafe copy.copyMemory(from: block.address, byteCount: block.byteCount)
        }

        func restore(_ range: Range<Int>) {
            unsafe (block + range.lowerBound).copyMemory(
                from: copy + range.lowerBound, byteCount: range.count)
        }

        func deallocate() { unsafe copy.deallocate() }
    }
}
