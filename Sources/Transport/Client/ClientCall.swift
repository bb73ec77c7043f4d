import ConnectionState
import NIOCore

/// Names a call of one connection, for cancelling it.
package struct CallID: Hashable, Sendable {
    let number: UInt64
}

/// A call that the connection has taken on.
struct ClientCall {
    let call: OutboundCall
    let sink: any CallSink
    let deadline: MonotonicTime?
    /// `nil` while it waits for a slot.
    var stream: UInt32?
    /// Bytes of ITEM frames that were dealt with since the last CREDIT.
    var uncredited = 0
    /// Sizes of the items that the caller still has in hand, if it grants credit itself.
    var unsettled = ArrayQueue<Int>()
}
