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
        let parts = Parts<Element, Failure>(count, shareCount: shareCount)
        // It doesn't outlive the call, and the caller has vouched for what it shares.
        nonisolated(unsafe) let body = body
        DispatchQueue.concurrentPerform(iterations: laneCount) { lane in
            while let numbers = parts.next() {
                do throws(Failure) {
                    for number in numbers { parts.put(unsafe try body(number, lane), at: number) }
                } catch {
                    parts.fail(with: error, in: numbers)
                }
            }
        }
        return try parts.all()
    }

    /// What lanes have made.
    ///
    /// Unchecked: each element is written by the lane that took its share, and all are read when
    /// the lanes have ended.
    @safe private final class Parts<Element, Failure: Error>: @unchecked Sendable {
        private let count: Int
        private let shareCount: Int
        private let nextShare = Atomic(0)
        private let elements: UnsafeMutablePointer<Element?>
        /// The first by number.
        private let failure = Mutex<(number: Int, error: Failure)?>(nil)

        init(_ count: Int, shareCount: Int) {
            (self.count, self.shareCount) = (count, shareCount)
            unsafe elements = .allocate(capacity: count)
            unsafe elements.initialize(repeating: nil, count: count)
        }

        deinit {
            unsafe elements.deinitialize(count: count)
            unsafe elements.deallocate()
        }

        /// The numbers of a share that no lane has taken.
        func next() -> Range<Int>? {
            let start = nextShare.wrappingAdd(1, ordering: .relaxed).oldValue * shareCount
            return start < count ? start..<min(start + shareCount, count) : nil
        }

        func put(_ element: Element, at number: Int) { unsafe elements[number] = element }

        func fail(with error: Failure, in numbers: Range<Int>) {
            failure.withLock { first in
                if first.map({ numbers.lowerBound < $0.number }) ?? true {
                    first = (numbers.lowerBound, error)
                }
            }
        }

        /// Takes all elements out.
        func all() throws(Failure) -> [Element] {
            if let failure = failure.withLock({ $0 }) { throw failure.error }
            return (0..<count).map { number in
                guard let element = unsafe elements[number].take() else {
                    preconditionFailure("a number was left out")
                }
                return element
            }
        }
    }
}
