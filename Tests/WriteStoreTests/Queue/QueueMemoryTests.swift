import Budget
import TandemCore
import Testing
import WriteStore

@Suite struct QueueMemoryTests {
    private func notes(_ memory: MemoryBudget) throws -> StoreHarness {
        try StoreHarness {
            $0.memory = memory
            $0.queueByteCountMax = 1 << 20
        }
    }

    @Test func `what queued commands hold is given back when they are answered`() throws {
        let memory = MemoryBudget.ample
        let notes = try notes(memory)
        let commands = (1...20).map {
            notes.command(UInt64($0), NoteStatements.note(Int64($0)), workByteCount: 1_600)
        }
        _ = notes.runTogether(commands) {
            #expect(memory.byteCount(of: .commands) >= 20 * (1_024 + 1_600))
        }
        notes.store.shutDown()
        #expect(memory.byteCount(of: .commands) == 0)
    }

    @Test func `what was refused, dropped or never run holds nothing`() throws {
        let memory = MemoryBudget.ample
        let notes = try notes(memory)
        let gone = notes.store.openLane(address: "192.0.2.2")
        notes.hold { release in
            let large = notes.command(1, NoteStatements.note(1), workByteCount: 160_000)
            let held = memory.byteCount(of: .commands)
            #expect(notes.submit(large, on: gone))
            #expect(!notes.submit(notes.command(2, NoteStatements.note(2), workByteCount: 960_000)))
            #expect(memory.byteCount(of: .commands) == held + large.heldByteCount)
            notes.store.closeLane(gone)
            #expect(memory.byteCount(of: .commands) == held)
            #expect(!notes.submit(large, on: gone), "its connection has gone")
            release()
        }
        notes.store.shutDown()
        #expect(!notes.submit(notes.command(3, NoteStatements.note(3))))
        #expect(memory.byteCount(of: .commands) == 0)
        #expect(try notes.log().isEmpty)
    }

    @Test func `a command that the process has no memory for is refused, until there is some`()
        throws
    {
        let memory = MemoryBudget(byteCountMax: MemoryBudget.byteCountMin)
        let notes = try notes(memory)
        memory.adjust(by: 1 << 30, for: .commands)
        let command = notes.command(1, NoteStatements.note(1))
        #expect(notes.store.submit(command, on: notes.lane) == .memoryFull)
        memory.adjust(by: -(1 << 30), for: .commands)
        #expect(notes.run(1, NoteStatements.note(1))?.reply == [1])
    }

    @Test(arguments: [128, 512, 1_024])
    func `with little memory and full documents, too, who comes anew finds room in the queue`(
        mebibytes: Int
    ) throws {
        let memory = MemoryBudget(byteCountMax: mebibytes << 20)
        memory.adjust(by: memory.documentByteCountMax, for: .documents)
        let notes = try StoreHarness { $0.memory = memory }
        var count: Int64 = 1
        notes.hold { release in
            for address in 1...3 {
                let lane = notes.store.openLane(address: "192.0.2.\(address)")
                var submission = Submission.queued
                while submission == .queued {
                    count += 1
                    let command = notes.command(
                        UInt64(count), NoteStatements.note(count), workByteCount: 100_000)
                    submission = notes.store.submit(command, on: lane)
                }
                #expect(submission == .queueFull)
            }
            let newcomer = notes.store.openLane(address: "198.51.100.1")
            #expect(notes.submit(notes.command(1, NoteStatements.note(1)), on: newcomer))
            release()
        }
        notes.store.shutDown()
        #expect(memory.byteCount(of: .commands) == 0)
    }

    @Test func `a command is charged for its caller's entries too`() throws {
        let notes = try notes(.ample)
        let entries = (1...64).map { CustomEntry(name: "n\($0)", value: .text("v")) }
        let context = CallContext(traceParent: nil, custom: entries)
        let plain = notes.command(1, NoteStatements.note(1)).heldByteCount
        let charged = notes.command(2, NoteStatements.note(2), context: context).heldByteCount
        #expect(charged - plain >= 64 * MemoryLayout<CustomEntry>.stride)
    }
}
