import ConnectionState
import Synchronization

/// Names a call of one connection, for cancelling it.
package struct CallID: Sendable {
    let call: ClientCall
}

/// A call from its start to its end, in one place: threads, queues and tables hand on no more than
/// a reference.
///
/// What is not constant is the event loop's alone, but for the flag, which is atomic.
package final class ClientCall: @unchecked Sendable {
    let call: OutboundCall
    /// `nil` once it has its result, or was given up. It may hold the call's name in turn.
    private(set) var sink: (any CallSink)?
    /// The event loop has it.
    var isStarted = false
    var deadline: MonotonicTime?
    /// `nil` while it waits for a slot.
    var stream: UInt32?
    /// Where it stands among the connection's open calls.
    var place = 0
    /// Bytes of ITEM frames that were dealt with since the last CREDIT.
    var uncredited = 0
    /// Sizes of the items that the caller still has in hand, if it grants credit itself.
    var unsettled = ArrayQueue<Int>()
    private let cancelFlag = Atomic(false)

    package init(_ call: OutboundCall, sink: any CallSink) {
        self.call = call
        self.sink = sink
    }

    var isFinished: Bool { sink == nil }

    /// Whether its caller has given it up, maybe before the event loop has seen it.
    var isCancelled: Bool { cancelFlag.load(ordering: .acquiring) }

    /// From any thread.
    func markCancelled() { cancelFlag.store(true, ordering: .releasing) }

    /// Tells the caller the result, if it is the first one. The call is forgotten before: its sink
    /// may start another.
    func finish(_ result: @autoclosure () -> CallResult) {
        guard let sink else { return }
        self.sink = nil
        sink.receive(.finished(result()))
    }
}
