import Dispatch
import Foundation
import Synchronization

/// Work of one thread that others help with while it waits for them.
package enum Parallel {
    /// How many work at once: one for each core, and few.
    package static let laneCount = max(1, min(4, ProcessInfo.processInfo.activeProcessorCount))

    /// The results of `body` for each number below `count`, in their order, or the first error by
    /// number. Returns when all lanes have ended.
    ///
    /// - Parameters:
    ///   - shareCount: how many numbers a lane takes at a time. Few enough that none has to wait
    ///     for another's last share; enough that taking one costs nothing: about 100 µs of work.
    ///   - body: given a number and its lane, below ``laneCount``: never called twice at once for
    ///     the same lane. What lanes share must not change.
    package static func map<Element, Failure: Error>(
        _ count: Int, shareCount: Int, _ body: (Int, _ lane: Int) throws(Failure) -> Element
    ) throws(Failure) -> [Element] {
        let shares = Shares<Element, Failure>(count: (count + shareCount - 1) / shareCount)
        // It doesn't outlive the call, and the caller has vouched for what it shares.
        nonisolated(unsafe) let body = body
        DispatchQueue.concurrentPerform(iterations: laneCount) { lane in
            while let share = shares.next() {
                let start = share * shareCount
                var elements: [Element] = []
                elements.reserveCapacity(shareCount)
                do throws(Failure) {
                    for number in start..<min(start + shareCount, count) {
                        elements.append(unsafe try body(number, lane))
                    }
                    shares.end(share, with: .success(elements))
                } catch {
                    shares.end(share, with: .failure(error))
                }
            }
        }
        return try shares.joined()
    }

    /// Unchecked: each part is written by the lane that took its share, and all are read when the
    /// lanes have ended.
    @safe private final class Shares<Element, Failure: Error>: @unchecked Sendable {
        private let nextShare = Atomic(0)
        private let parts: UnsafeMutableBufferPointer<Result<[Element], Failure>?>

        init(count: Int) {
            unsafe parts = .allocate(capacity: count)
            unsafe parts.initialize(repeating: nil)
        }

        deinit {
            unsafe parts.deinitialize()
            unsafe parts.deallocate()
        }

        func next() -> Int? {
            let share = nextShare.wrappingAdd(1, ordering: .relaxed).oldValue
            return unsafe share < parts.count ? share : nil
        }

        func end(_ share: Int, with part: Result<[Element], Failure>) {
            unsafe parts[share] = part
        }

        func joined() throws(Failure) -> [Element] {
            var joined: [Element] = []
            for unsafe part in unsafe parts {
                guard let part else { preconditionFailure("a share was left out") }
                joined += try part.get()
            }
            return joined
        }
    }
}
