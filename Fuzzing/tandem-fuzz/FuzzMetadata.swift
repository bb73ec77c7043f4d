import NIOCore
import Wire

/// The payload of a frame with metadata. The first byte chooses the limit.
func fuzzMetadata(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let limit = input.element(of: [8_192, 100, 19, 0])
    let payload = input.rest
    var body = payload
    do throws(ProtocolViolation) {
        let metadata = try Metadata(readingFrom: &body, byteCountMax: limit)
        check(metadata, payload, body, limit)
        if payload.readableBytes <= 200 { checkCuts(payload, body, limit) }
    } catch {
        require(!error.description.isEmpty, "a violation says what it is")
    }
    return 0
}

private func check(
    _ metadata: Metadata, _ payload: ByteBuffer, _ body: ByteBuffer, _ limit: Int
) {
    let blockByteCount = payload.readableBytes - body.readableBytes
    let length: UInt16? = payload.getInteger(at: payload.readerIndex)
    require(length.map { Int($0) + 2 } == blockByteCount, "exactly the block is taken")
    require(blockByteCount - 2 <= limit, "the limit holds")
    require(
        metadata.entriesByteCount <= blockByteCount - 2, "what was read is not more than there was")

    var written = ByteBuffer()
    metadata.write(to: &written)
    require(written.readableBytes == metadata.entriesByteCount + 2, "the size is told right")
    written.writeImmutableBuffer(body)
    do throws(ProtocolViolation) {
        var again = try Metadata(readingFrom: &written, byteCountMax: limit)
        require(again.malformed == nil, "what is written is well-formed")
        again.malformed = metadata.malformed
        require(again == metadata, "what was read is written the same")
        require(written == body, "the body stays")
    } catch {
        require(false, "what is written can be read: \(error)")
    }
}

/// A frame that ends within its block is refused, wherever it ends.
private func checkCuts(_ payload: ByteBuffer, _ body: ByteBuffer, _ limit: Int) {
    for count in 0..<(payload.readableBytes - body.readableBytes) {
        var cut = payload.getSlice(at: payload.readerIndex, length: count) ?? ByteBuffer()
        do throws(ProtocolViolation) {
            _ = try Metadata(readingFrom: &cut, byteCountMax: limit)
            require(false, "a block cut at \(count) is refused")
        } catch {
            require(error == .truncatedMetadata, "a cut block is truncated")
        }
    }
}
