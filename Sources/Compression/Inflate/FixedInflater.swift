/// Inflates what has no codes of its own, as short documents hardly ever have: blocks that are
/// stored, or written in the codes that deflate has without saying them.
///
/// Our own, since zlib is made for long streams: it copies a dictionary of 32 KiB into its window
/// before each document, where this looks into the dictionary itself. It gives up on all else, and
/// on anything that isn't as it should be: that is zlib's, which also says what is wrong.
struct FixedInflater {
    private let symbols = FixedSymbols()

    /// Fills `output` with what a whole zlib stream holds; false if it is zlib's affair, and then
    /// what is in `output` means nothing.
    func inflateAll(
        _ body: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
        dictionary: CompressionDictionary?
    ) -> Bool {
        guard let header = unsafe ZlibHeader(body), header.dictionaryID == dictionary?.adler32
        else { return false }
        let window = dictionary?.bytes ?? []
        // Of these spans none is kept.
        var contents = unsafe output.mutableBytes
        let byteCount = unsafe inflate(
            body.bytes.extracting(droppingFirst: header.byteCount), dictionary: window.span.bytes,
            into: &contents)
        guard let byteCount,
            body.count - header.byteCount - byteCount == ZlibHeader.checksumByteCount
        else { return false }
        let checksum = unsafe ZlibHeader.bigEndian(
            body, at: body.count - ZlibHeader.checksumByteCount)
        return contents.bytes.adler32 == checksum
    }

    /// Fills `output` with what a deflate stream holds.
    ///
    /// - Parameters:
    ///   - deflated: the stream, and what follows it.
    ///   - dictionary: what matches may reach back to before the stream's own contents; 32 KiB at
    ///     most.
    /// - Returns: how many bytes the stream takes; `nil` if it is zlib's affair, and then what is
    ///   in `output` means nothing.
    private func inflate(
        _ deflated: RawSpan, dictionary: RawSpan, into output: inout MutableRawSpan
    ) -> Int? {
        var reader = BitReader()
        var count = 0
        var isLast = false
        while !isLast {
            reader.refill(from: deflated)
            isLast = reader.take(1) == 1
            let after: Int? =
                switch reader.take(2) {
                case 0: store(from: deflated, &reader, into: &output, at: count)
                case 1: decode(deflated, &reader, dictionary, into: &output, at: count)
                default: nil
                }
            guard let after else { return nil }
            count = after
        }
        return count == output.byteCount ? reader.byteCount : nil
    }

    /// A block of bytes as they are. Answers where its contents end.
    private func store(
        from deflated: RawSpan, _ reader: inout BitReader, into output: inout MutableRawSpan,
        at start: Int
    ) -> Int? {
        reader.finishByte()
        let (byteCount, complement) = (reader.take(16), reader.take(16))
        guard !reader.isOverdrawn, byteCount ^ complement == 0xFFFF,
            byteCount <= deflated.byteCount - reader.byteCount,
            byteCount <= output.byteCount - start
        else { return nil }
        let first = reader.byteCount
        output.copy(deflated, first..<(first + byteCount), to: start)
        reader.skip(byteCount: byteCount)
        return start + byteCount
    }

    /// A block in fixed codes. Answers where its contents end.
    private func decode(
        _ deflated: RawSpan, _ reader: inout BitReader, _ dictionary: RawSpan,
        into output: inout MutableRawSpan, at start: Int
    ) -> Int? {
        var count = start
        while true {
            // A length and its distance are 9 + 5 + 5 + 13 bits at most.
            reader.refill(from: deflated)
            let index = reader.next & (1 << UInt64(FixedSymbols.literalBitCount) - 1)
            let symbol = symbols.literals[Int(index)]
            reader.drop(symbol.codeBitCount)
            switch symbol.kind {
            case .literal:
                guard !reader.isOverdrawn, count < output.byteCount else { return nil }
                output.storeBytes(
                    of: UInt8(truncatingIfNeeded: symbol.value), toByteOffset: count,
                    as: UInt8.self)
                count &+= 1
            case .match:
                let byteCount = symbol.value &+ reader.take(symbol.extraBitCount)
                let index = reader.next & (1 << UInt64(FixedSymbols.distanceBitCount) - 1)
                let far = symbols.distances[Int(index)]
                guard far.kind == .match else { return nil }
                reader.drop(far.codeBitCount)
                let distance = far.value &+ reader.take(far.extraBitCount)
                guard !reader.isOverdrawn, byteCount <= output.byteCount &- count,
                    output.repeatBytes(
                        byteCount, at: count, distance: distance, behind: dictionary)
                else { return nil }
                count &+= byteCount
            case .end:
                return reader.isOverdrawn ? nil : count
            case .none:
                return nil
            }
        }
    }
}

extension MutableRawSpan {
    /// Puts bytes from elsewhere at an offset.
    @inline(__always)
    fileprivate mutating func copy(_ bytes: RawSpan, _ range: Range<Int>, to offset: Int) {
        var (from, to) = (range.lowerBound, offset)
        while range.upperBound &- from >= 8 {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: from, as: UInt64.self)
            storeBytes(of: word, toByteOffset: to, as: UInt64.self)
            (from, to) = (from &+ 8, to &+ 8)
        }
        while from < range.upperBound {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: from, as: UInt8.self)
            storeBytes(of: byte, toByteOffset: to, as: UInt8.self)
            (from, to) = (from &+ 1, to &+ 1)
        }
    }

    /// Puts at an offset what stands `distance` before it, be it in the dictionary that precedes
    /// this; false if that isn't there.
    @inline(__always)
    fileprivate mutating func repeatBytes(
        _ byteCount: Int, at offset: Int, distance: Int, behind dictionary: RawSpan
    ) -> Bool {
        let end = offset &+ byteCount
        var to = offset
        if distance > offset {
            let back = distance &- offset
            guard back <= dictionary.byteCount else { return false }
            let start = dictionary.byteCount &- back
            let part = min(back, byteCount)
            copy(dictionary, start..<(start &+ part), to: to)
            to &+= part
        }
        // Eight at once, but for bytes that are repeated before they are eight.
        while distance >= 8, end &- to >= 8 {
            let word = unsafe unsafeLoadUnaligned(
                fromByteOffset: to &- distance, as: UInt64.self)
            storeBytes(of: word, toByteOffset: to, as: UInt64.self)
            to &+= 8
        }
        while to < end {
            let byte = unsafe unsafeLoad(fromByteOffset: to &- distance, as: UInt8.self)
            storeBytes(of: byte, toByteOffset: to, as: UInt8.self)
            to &+= 1
        }
        return true
    }
}
