import NIOCore
import Wire

/// What one way of cutting bytes into pieces led to.
struct FrameReading: Hashable {
    var frames: [DecodedFrame] = []
    var violation: ProtocolViolation?
    /// Bytes of an incomplete frame; 0 behind a violation.
    var restByteCount = 0

    init(_ pieces: [ByteBuffer], _ start: FrameDecoder) {
        var decoder = start
        var unread = ByteBuffer()
        do throws(ProtocolViolation) {
            for piece in pieces {
                unread.writeImmutableBuffer(piece)
                while true {
                    let decoded = try decoder.next(from: &unread)
                    guard decoded != .incomplete else { break }
                    frames.append(decoded)
                }
            }
            restByteCount = unread.readableBytes
        } catch {
            violation = error
        }
    }
}

extension ByteBuffer {
    /// The bytes in two pieces.
    func cut(at count: Int) -> [ByteBuffer] {
        var rest = self
        let first = rest.readSlice(length: min(count, readableBytes)) ?? ByteBuffer()
        return [first, rest]
    }

    var singleBytes: [ByteBuffer] {
        readableBytesView.map { ByteBuffer(integer: $0) }
    }

    /// Writes a frame as it was decoded.
    mutating func write(_ frame: Frame) {
        writeFrame(
            frame.type, flags: frame.flags, a: frame.a, stream: frame.stream, b: frame.b,
            body: frame.payload)
    }

    /// The good frames at the front, each with a checksum: nobody finds one by chance.
    func withChecksums() -> ByteBuffer {
        var frames = ByteBuffer()
        let reading = FrameReading([self], FrameDecoder(lengthMax: FrameHeader.lengthCeiling))
        for case .frame(let frame) in reading.frames where frame.type != .hello {
            frames.write(frame)
        }
        return frames.sealed()
    }
}
