import Budget
import NIOCore
import NIOEmbedded
import SwiftProtobuf
import Synchronization
import TandemCore
import WireMessages
import WriteStore

@testable import Transport
@testable import WriteServer

/// A feed's pump without its thread, over a log in memory. On the test's thread only, but for what
/// is locked.
final class FeedBench {
    private struct State {
        var events: [RecordedEvent] = []
        var reads: [UInt64] = []
        var lines: [String] = []
        var onRead: (@Sendable (FeedBench.Log) -> Void)?
    }

    /// The log and what was done with it; any thread.
    final class Log: Sendable {
        private let state = Mutex(State())

        var head: LogPosition {
            LogPosition(rawValue: UInt64(state.withLock { $0.events.count }))
        }
        /// After which positions it was read.
        var reads: [UInt64] { state.withLock { $0.reads } }
        /// What the operator was told.
        var lines: [String] { state.withLock { $0.lines } }

        func append(count: Int, payloadByteCount: Int = 10) {
            state.withLock { state in
                for _ in 0..<count {
                    let position = UInt64(state.events.count + 1)
                    state.events.append(Self.event(position, payloadByteCount))
                }
            }
        }

        static func event(_ position: UInt64, _ payloadByteCount: Int) -> RecordedEvent {
            RecordedEvent(
                position: LogPosition(rawValue: position), stream: StreamID(rawValue: "test"),
                version: StreamVersion(rawValue: position), type: "Tested",
                payload: [UInt8](repeating: 1, count: payloadByteCount),
                recordedAt: Timestamp(microseconds: 0))
        }

        /// Has the event at a position vanish from the log.
        func lose(_ position: UInt64) {
            state.withLock { state in
                state.events[Int(position) - 1] = Self.event(position + 1, 10)
            }
        }

        /// Has something done whenever the log is read.
        func onRead(_ body: @escaping @Sendable (Log) -> Void) {
            state.withLock { $0.onRead = body }
        }

        /// 32 bytes, others at each position.
        static func digest(at position: LogPosition) -> [UInt8] {
            [UInt8](repeating: UInt8(truncatingIfNeeded: position.rawValue), count: 32)
        }

        func note(_ line: String) { state.withLock { $0.lines.append(line) } }

        func read(after position: LogPosition, _ countMax: Int, _ byteCountMax: Int)
            -> [RecordedEvent]
        {
            let onRead = state.withLock { state in
                state.reads.append(position.rawValue)
                return state.onRead
            }
            onRead?(self)
            return state.withLock { state in
                var byteCount = 0
                let rest = state.events.dropFirst(Int(position.rawValue)).prefix(countMax)
                return Array(
                    rest.prefix {
                        byteCount += $0.payload.count
                        return byteCount <= byteCountMax || $0.payload.count == byteCount
                    })
            }
        }
    }

    let log = Log()
    let loop = EmbeddedEventLoop()
    let memory: MemoryBudget
    let start = ContinuousClock.now
    let pump: FeedPump
    /// Who was served, in order.
    var served: [String] = []

    init(memory: MemoryBudget = .ample) {
        self.memory = memory
        let (log, start) = (log, start)
        pump = FeedPump(
            FeedLog(
                read: { log.read(after: $0, $1, $2) }, digest: { Log.digest(at: $0) },
                head: { log.head }, memory: memory),
            clock: { start }, wallClock: { Timestamp(microseconds: 7) }, log: { log.note($0) })
    }

    /// Answers what is due so long after the start, and delivers it.
    func serve(after time: Duration = .zero) {
        _ = pump.serve(now: start + time)
        loop.run()
        loop.advanceTime(by: .seconds(1))
    }

    /// Whether all that was drawn is given back once the pump has stopped and nothing is held.
    func stop() -> Bool {
        pump.stop()
        return memory.byteCount(of: .feed) == 0
    }
}

/// A connection with subscriptions that take whatever comes, and hold it if they are told to.
final class TestSubscriber: FeedReceiver {
    let name: String
    private let bench: FeedBench
    private let address: String
    private let acceptsZlib: Bool
    let interest = FeedRequest.Interest()
    /// Where each subscription is.
    private(set) var positions: [UInt32: LogPosition] = [:]
    private(set) var heads: [UInt64] = []
    private(set) var eventCount = 0
    private(set) var callCount = 0
    private(set) var faults: [FeedFault] = []
    /// What is not written yet; `nil`: whatever comes is, at once.
    var unwritten: [SharedItem]?

    init(_ name: String, at address: String, _ bench: FeedBench, acceptsZlib: Bool = false) {
        self.name = name
        self.bench = bench
        self.address = address
        self.acceptsZlib = acceptsZlib
    }

    func request(after position: LogPosition, stream: UInt32 = 1) -> FeedRequest {
        FeedRequest(
            after: position, acceptsZlib: acceptsZlib, address: address, stream: stream,
            interest: interest, receiver: .init(self, eventLoop: bench.loop))
    }

    func ask(after position: UInt64, stream: UInt32 = 1) {
        positions[stream] = LogPosition(rawValue: position)
        bench.pump.requestBatch(request(after: LogPosition(rawValue: position), stream: stream))
    }

    /// Asks for what follows the last batch.
    func goOn() {
        for (stream, position) in positions { ask(after: position.rawValue, stream: stream) }
    }

    func receive(_ outcome: FeedOutcome, on streams: [UInt32]) {
        callCount += 1
        bench.served.append(name)
        for stream in streams {
            switch outcome {
            case .item(let item, let lastPosition):
                unwritten?.append(item)
                if let lastPosition { positions[stream] = lastPosition }
                guard !acceptsZlib else { continue }
                var bytes = item.body
                bytes.writeImmutableBuffer(item.ending)
                let batch = try? Tandem_Feed_V1_FeedBatch(
                    serializedBytes: Array(bytes.readableBytesView))
                eventCount += batch?.events.count ?? 0
                heads.append(batch?.headPosition ?? .max)
            case .fault(let fault):
                faults.append(fault)
            }
        }
    }
}
