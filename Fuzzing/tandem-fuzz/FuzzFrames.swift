import NIOCore
import Wire

/// Any bytes behind a preface. The first two bytes choose limit and checksums, the next two where
/// to cut.
func fuzzFrames(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    var decoder = FrameDecoder(lengthMax: input.element(of: [64, 300, 16_384, 1 << 20]))
    decoder.checksums = input.element(of: [.notAgreed, .awaited, .required])
    let cut = input.index(below: input.rest.readableBytes)
    let bytes = input.rest

    let whole = FrameReading([bytes], decoder)
    require(FrameReading(bytes.cut(at: cut), decoder) == whole, "a cut at \(cut) changes nothing")
    if bytes.readableBytes <= 100 {
        require(FrameReading(bytes.singleBytes, decoder) == whole, "bytes may come one by one")
    }
    checkSizes(whole, byteCount: bytes.readableBytes)
    checkRoundTrip(whole, flip: cut)
    return 0
}

/// What was decoded is not more than what came.
private func checkSizes(_ reading: FrameReading, byteCount: Int) {
    var sum = reading.restByteCount
    for decoded in reading.frames {
        switch decoded {
        case .frame(let frame): sum += FrameHeader.byteCount + frame.payloadByteCount
        case .skipped: sum += FrameHeader.byteCount
        case .incomplete: require(false, "an incomplete frame is none")
        }
    }
    require(sum <= byteCount, "\(byteCount) bytes do not hold \(sum)")
}

/// Frames that are written again are the same, with and without checksums; no flipped bit passes.
private func checkRoundTrip(_ reading: FrameReading, flip: Int) {
    var written = ByteBuffer()
    var frames: [DecodedFrame] = []
    for case .frame(let frame) in reading.frames
    where frame.type != .hello && frame.type != .welcome {
        written.write(frame)
        frames.append(.frame(frame))
    }
    var decoder = FrameDecoder(lengthMax: FrameHeader.lengthCeiling)
    require(FrameReading([written], decoder).frames == frames, "written frames read the same")

    guard !frames.isEmpty else { return }
    var sealed = written.sealed()
    require(
        sealed.readableBytes == written.readableBytes + frames.count * FrameTrailer.byteCount,
        "a checksum takes four bytes")
    decoder.checksums = .required
    require(FrameReading([sealed], decoder).frames == frames, "sealed frames read the same")
    let bit = flip % (8 * sealed.readableBytes)
    let offset = sealed.readerIndex + bit / 8
    guard let byte: UInt8 = sealed.getInteger(at: offset) else { return }
    sealed.setInteger(byte ^ 1 << UInt8(bit % 8), at: offset)
    require(FrameReading([sealed], decoder).frames != frames, "a flipped bit is found")
}
