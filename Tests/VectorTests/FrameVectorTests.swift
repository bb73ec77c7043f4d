import ConnectionState
import NIOCore
import Testing
import Wire

private typealias File = VectorFile<Setup, Expected>

private struct Setup: Decodable, Sendable {
    let maxLength: UInt32
    let checksum: String?
    let receiver: String?

    var checksums: FrameDecoder.Checksums {
        switch checksum {
        case "awaited": .awaited
        case "required": .required
        default: .notAgreed
        }
    }
}

private struct Expected: Decodable, Hashable, Sendable {
    let frames: [SeenFrame]
    let rest: Int?
}

/// What one way of cutting the bytes led to.
private struct Outcome: Hashable {
    var frames: [SeenFrame] = []
    var violation: Finding?
    var restByteCount = 0
}

private func read(_ pieces: [ByteBuffer], _ setup: Setup) -> Outcome {
    var decoder = FrameDecoder(lengthMax: setup.maxLength)
    decoder.checksums = setup.checksums
    let peer = FramePeer(setup.receiver)
    var outcome = Outcome()
    var unread = ByteBuffer()
    do throws(ProtocolViolation) {
        for piece in pieces {
            unread.writeImmutableBuffer(piece)
            while true {
                let decoded = try decoder.next(from: &unread)
                guard decoded != .incomplete else { break }
                if case .frame(let frame) = decoded { try peer?.check(frame) }
                if let seen = SeenFrame(decoded) { outcome.frames.append(seen) }
            }
        }
    } catch {
        outcome.violation = error.finding
        return outcome
    }
    outcome.restByteCount = unread.readableBytes
    return outcome
}

@Test func `frames are what the vectors say, wherever they are cut`() throws {
    let file = try File.load("frames")
    for vector in file.vectors {
        let bytes = vector.input.buffer
        let whole = read([bytes], vector.setup)
        #expect(whole.frames == vector.expected?.frames ?? [], "\(vector.id)")
        #expect(whole.violation == vector.violation, "\(vector.id)")
        if vector.violation == nil {
            #expect(whole.restByteCount == vector.expected?.rest, "\(vector.id)")
            let isWhole = whole.restByteCount == 0 && bytes.readableBytes > 0
            #expect(isWhole == (vector.result == .valid), "\(vector.id)")
        }
        for cut in 0...bytes.readableBytes {
            #expect(read(bytes.cut(at: cut), vector.setup) == whole, "\(vector.id) cut at \(cut)")
        }
        #expect(read(bytes.singleBytes, vector.setup) == whole, "\(vector.id) byte by byte")
    }
    #expect(file.vectors.count == file.count && file.count > 200)
}
