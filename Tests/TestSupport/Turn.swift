import Synchronization
package import Testing

/// Lets the tests that keep time, as all do that talk over sockets, run a few at a time and while
/// nothing else is to be done.
///
/// Swift Testing begins all tests at once, on as many threads as there are cores: what one of them
/// awaits comes behind seconds of other tests' work, and servers and clients give up meanwhile. So
/// such a test waits for its turn before its first clock starts:
///
///     let turn = await Turn.next()
///     defer { turn.end() }
///
/// or has it taken by its suite: `@Suite(.takingTurns)`. A turn within a turn may wait for ever.
package final class Turn: Sendable {
    /// As many as keep two cores busy while most of them wait for something.
    private static let countMax = 4

    private static let queue = Mutex(Queue())

    private struct Queue {
        var takenCount = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private init() {}

    /// Waits until there is room, and until the threads that tests share answer at once.
    package static func next() async -> Turn {
        await withCheckedContinuation { continuation in
            let isFree = queue.withLock { queue in
                guard queue.takenCount >= countMax else {
                    queue.takenCount += 1
                    return true
                }
                queue.waiters.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        await quiet()
        return Turn()
    }

    package func end() {
        // The place is handed on, not given back and fought for.
        let next = Self.queue.withLock { queue -> CheckedContinuation<Void, Never>? in
            guard queue.waiters.isEmpty else { return queue.waiters.removeFirst() }
            queue.takenCount -= 1
            return nil
        }
        next?.resume()
    }

    /// Returns when a new task is run at once, several times over; what was begun before all of
    /// that has had its go then. Gives up after some minutes: a machine may never be quiet.
    private static func quiet() async {
        var promptCount = 0
        for _ in 0..<10_000 where promptCount < 5 {
            let asked = ContinuousClock.now
            await Task.detached {}.value
            let isPrompt = asked.duration(to: .now) < .milliseconds(20)
            promptCount = isPrompt ? promptCount + 1 : 0
            try? await Task.sleep(for: .milliseconds(2))
        }
    }
}

/// Has each test of a suite take its ``Turn``.
package struct TakingTurns: SuiteTrait, TestTrait, TestScoping {
    package var isRecursive: Bool { true }

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let turn = await Turn.next()
        defer { turn.end() }
        try await function()
    }
}

extension Trait where Self == TakingTurns {
    package static var takingTurns: TakingTurns { TakingTurns() }
}
