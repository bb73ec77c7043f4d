import ConnectionState
import Foundation
import NIOCore
import Testing
import Wire
import WireMessages

/// A session of the vectors, as it was recorded.
struct SessionVector: Decodable, Sendable {
    struct Step: Decodable, Sendable {
        enum Side: String, Decodable {
            case client, server
        }

        let from: Side
        let bytes: Hex
        let preface: UInt8?
        let frames: [SeenFrame]?
        let violation: Finding?
    }

    struct Setup: Decodable, Sendable {
        let role: UInt8
    }

    let id: String
    let setup: Setup
    let steps: [Step]
    let result: String

    /// All places at which the bytes of a step can be cut in two, or not at all; a step that is
    /// shorter stays whole.
    var cuts: ClosedRange<Int> {
        0...(steps.map { $0.bytes.buffer.readableBytes }.max() ?? 0)
    }

    static func loadAll() throws -> [SessionVector] {
        struct File: Decodable {
            let count: Int
            let vectors: [SessionVector]
        }
        let file = try JSONDecoder().decode(File.self, from: VectorFolder.data("sessions"))
        guard file.count == file.vectors.count else { return [] }
        return file.vectors
    }
}

@Test func `the server's side of each session ends as the vectors say, wherever TCP cuts it`()
    throws
{
    for vector in try SessionVector.loadAll() {
        for cut in vector.cuts { try followAsServer(vector, cut: cut) }
    }
}

private func followAsServer(_ vector: SessionVector, cut: Int) throws {
    let server = try #require(RecordedServer(role: vector.setup.role))
    for step in vector.steps {
        switch step.from {
        case .client:
            var frames: [SeenFrame] = []
            var finding: Finding?
            for piece in step.bytes.buffer.cut(at: cut) where finding == nil {
                let (seen, found) = server.receive(piece)
                frames += seen
                finding = found
            }
            #expect(finding == step.violation, "\(vector.id) cut at \(cut)")
            if finding == nil {
                #expect(frames == step.frames ?? [], "\(vector.id) cut at \(cut)")
            }
        case .server:
            server.send(step.bytes.buffer)
        }
    }
}

@Test func `the client's side of each session ends as the vectors say, wherever TCP cuts it`()
    throws
{
    var followedCount = 0
    for vector in try SessionVector.loadAll() where RecordedClient.canFollow(vector) {
        followedCount += 1
        for cut in vector.cuts { try followAsClient(vector, cut: cut) }
    }
    #expect(followedCount >= 10)
}

private func followAsClient(_ vector: SessionVector, cut: Int) throws {
    let client = try RecordedClient(vector)
    for step in vector.steps {
        switch step.from {
        case .client:
            client.send(step)
        case .server:
            client.receive(step.bytes.buffer.cut(at: cut))
            #expect(client.finding == step.violation, "\(vector.id) cut at \(cut)")
        }
    }
    if vector.result == "valid" {
        #expect(client.areAllCallsFinished, "\(vector.id) cut at \(cut)")
    }
}

@Test func `the items of a session arrive as the same document, however they are encoded`() throws {
    let vector = try #require(
        try SessionVector.loadAll().first { $0.id == "sessions/encodings" })
    let client = try RecordedClient(vector)
    for step in vector.steps {
        if step.from == .client { client.send(step) } else { client.receive([step.bytes.buffer]) }
    }
    let items = client.items
    #expect(items.count == 4 && Set(items).count == 1)
}
