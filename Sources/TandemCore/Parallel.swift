import Dispatch

/// Work of one thread that others help with while it waits for them.
package enum Parallel {
    /// The results of `body` for each number below `count`, in their order. Returns when all have
    /// been made.
    ///
    /// - Parameters:
    ///   - shareCount: how many numbers a thread takes at a time. Few enough that none has to wait
    ///     for another's last share; enough that taking one costs nothing: about 100 µs of work.
    ///   - body: called by several threads at once. What they share must not change.
    package static func map<Element>(
        _ count: Int, shareCount: Int, _ body: (Int) -> Element
    ) -> [Element] {
        let elements = Elements<Element>(count)
        let shares = (count + shareCount - 1) / shareCount
        // It doesn't outlive the call, and the caller has vouched for what it shares.
        nonisolated(unsafe) let body = body
        DispatchQueue.concurrentPerform(iterations: shares) { share in
            let start = share * shareCount
            for number in start..<min(start + shareCount, count) {
                elements.put(unsafe body(number), at: number)
            }
        }
        return elements.all()
    }

    /// Unchecked: each element is written by the thread that took its share, and all are read when
    /// every thread has ended.
    @safe private final class Elements<Element>: @unchecked Sendable {
        private let elements: UnsafeMutableBufferPointer<Element?>

        init(_ count: Int) {
            unsafe elements = .allocate(capacity: count)
            unsafe elements.initialize(repeating: nil)
        }

        deinit {
            unsafe elements.deinitialize()
            unsafe elements.deallocate()
        }

        func put(_ element: Element, at number: Int) { unsafe elements[number] = element }

        /// Takes all elements out.
        func all() -> [Element] {
            unsafe elements.indices.map { number in
                guard let element = unsafe elements[number].take() else {
                    preconditionFailure("a number was left out")
                }
                return element
            }
        }
    }
}
