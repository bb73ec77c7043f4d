import Foundation
import SwiftProtobuf
import TandemCore
import TestSupport
import Testing
import WriteStore

@testable import TandemDomain

/// A request of many commands, cut into its parts.
struct BatchTests {
    private let batch: CommandBatch = {
        let on = On<NoTables>(Sketch.addMany, each: Sketch.add, countMax: 100)
        guard case .many(let batch) = on.define().work else { preconditionFailure("a batch") }
        return batch
    }()

    private func part(_ id: UInt64, key: [UInt8] = []) -> Sketch_V1_AddNotePart {
        .with {
            $0.request = .with {
                $0.noteID = id
                $0.title = "Title \(id)"
            }
            $0.idempotencyKey = Data(key)
            $0.comment = "passed over"
        }
    }

    @Test func `parts are cut out as they came, whatever numbers their fields have`() throws {
        let key = [UInt8](1...16)
        let request = Sketch_V1_AddNotes.with {
            $0.reason = "passed over"
            $0.parts = [part(1), part(2, key: key), Sketch_V1_AddNotePart()]
        }
        let parts = try batch.parts(request.serializedBytes())
        #expect(parts.map(\.ownKey) == [nil, IdempotencyKey(bytes: key), nil])
        #expect(
            try parts.map { try Sketch_V1_AddNote(serializedBytes: Array($0.request)) }
                == request.parts.map(\.request))
        #expect(batch.partMethod == "sketch.v1.Notes/Add")
    }

    @Test func `a request that stands twice in a part is both, as protobuf has it`() throws {
        let first: [UInt8] = try part(7).serializedBytes()
        let second: [UInt8] = try Sketch_V1_AddNotePart.with { $0.request.owner = "Ada" }
            .serializedBytes()
        let both = try Sketch_V1_AddNotePart(serializedBytes: first + second)
        // In one part of the batch, as a peer may write it.
        let length = first.count + second.count
        let found = try batch.parts([3 << 3 | 2, UInt8(length)] + first + second)
        #expect(found.count == 1)
        #expect(
            try Sketch_V1_AddNote(serializedBytes: Array(found[0].request)) == both.request)
    }

    @Test func `bytes that are no request are refused, wherever they end`() throws {
        let whole: [UInt8] = try Sketch_V1_AddNotes.with {
            $0.parts = [part(1, key: [UInt8](1...16)), part(2)]
        }.serializedBytes()
        for count in 1..<whole.count {
            let cut = Array(whole[..<count])
            let isMessage = (try? Sketch_V1_AddNotes(serializedBytes: cut)) != nil
            let reason = rejection(of: cut)?.reason
            #expect((reason == "MALFORMED_REQUEST") == !isMessage)
        }
    }

    @Test func `fields that cost more than they say are too many`() throws {
        // Of a part: a request, and no end of empty ones, or of numbers.
        let empties = (0..<40_000).flatMap { _ in [2 << 3 | 2, 0] as [UInt8] }
        let numbers = (0..<40_000).flatMap { _ in [1 << 3, 0] as [UInt8] }
        for content in [empties, numbers] {
            let length = content.count
            let varint = [
                UInt8(length & 0x7F | 0x80), UInt8(length >> 7 & 0x7F | 0x80), UInt8(length >> 14),
            ]
            #expect(
                rejection(of: [3 << 3 | 2] + varint + content)?.reason == "REQUEST_TOO_COMPLEX")
            let few = Array(content.prefix(100))
            #expect(try batch.parts([3 << 3 | 2, 100] + few).count == 1)
        }
    }

    @Test func `no bytes trap`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...40, using: &generator)
            // Tags and small lengths more often than chance has them.
            let bytes = (0..<count).map { _ in
                Bool.random(using: &generator)
                    ? [0x1A, 0x12, 0x3A, 2, 4, 16].randomElement(using: &generator) ?? 0
                    : UInt8.random(in: 0...255, using: &generator)
            }
            let parts = try? batch.parts(bytes)
            #expect((parts?.count ?? 0) <= bytes.count)
        }
    }

    @Test func `outcomes say what an answer to each alone would`() throws {
        let rejection = Rejection(
            .notFound, reason: "UNKNOWN_OWNER", message: "no", metadata: ["owner": "Ada"])
        let reply: [UInt8] = try Sketch_V1_NoteReply.with { $0.noteID = 3 }.serializedBytes()
        let bytes = try batch.reply([
            .init(tag: 0, result: .success(reply), position: .beginning, isReplay: true),
            .init(
                tag: 1, result: .failure(rejection), position: .beginning, isNotProcessed: true,
                retryAfterMilliseconds: 50),
        ])
        #expect(
            try Sketch_V1_AddNotesReply(serializedBytes: bytes)
                == .with {
                    $0.outcomes = [
                        .with {
                            $0.reply = .with { $0.noteID = 3 }
                            $0.isReplay = true
                        },
                        .with {
                            $0.error = .with {
                                $0.code = 5
                                $0.reason = "UNKNOWN_OWNER"
                                $0.message = "no"
                                $0.metadata = ["owner": "Ada"]
                                $0.notProcessed = true
                                $0.retryAfterMs = 50
                            }
                        },
                    ]
                })
    }

    private func rejection(of bytes: [UInt8]) -> Rejection? {
        do throws(Rejection) {
            _ = try batch.parts(bytes)
            return nil
        } catch {
            return error
        }
    }
}
