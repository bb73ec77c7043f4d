import ConnectionState
import NIOCore
import Testing
import Wire

private typealias File = VectorFile<Setup, Expected>

private struct Setup: Decodable, Sendable {
    let port: UInt8
}

private struct Expected: Decodable, Sendable {
    let role: UInt8?
    let taken: Int
}

/// Reads what has come after each piece, as a server does; what it took, or what is wrong.
private func read(_ pieces: [ByteBuffer], port: ConnectionRole) -> (Preface?, Int, Finding?) {
    var unread = ByteBuffer()
    var byteCount = 0
    do throws(ProtocolViolation) {
        for piece in pieces {
            unread.writeImmutableBuffer(piece)
            byteCount += piece.readableBytes
            guard let preface = try Preface.read(from: &unread) else { continue }
            var state = ServerConnectionState(openedAt: MonotonicTime(nanoseconds: 0))
            if case .close(let violation) = state.receive(preface, servedRole: port) {
                throw violation
            }
            return (preface, byteCount - unread.readableBytes, nil)
        }
        return (nil, 0, nil)
    } catch {
        return (nil, 0, error.finding)
    }
}

@Test func `prefaces are what the vectors say, wherever they are cut`() throws {
    let file = try File.load("preface")
    for vector in file.vectors {
        let port = try #require(ConnectionRole(rawValue: vector.setup.port))
        let bytes = vector.input.buffer
        var ways = (0...bytes.readableBytes).map { bytes.cut(at: $0) }
        ways.append(bytes.singleBytes)
        for pieces in ways {
            let (preface, taken, finding) = read(pieces, port: port)
            #expect(finding == vector.violation, "\(vector.id)")
            guard vector.violation == nil else { continue }
            #expect(preface?.role.rawValue == vector.expected?.role, "\(vector.id)")
            #expect((preface != nil) == (vector.result == .valid), "\(vector.id)")
            #expect(taken == vector.expected?.taken, "\(vector.id)")
        }
    }
    #expect(file.vectors.count == file.count && file.count > 30)
}
