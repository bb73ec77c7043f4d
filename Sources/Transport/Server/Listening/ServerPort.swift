package import NIOCore
import Wire

/// A connection as its service sees it: where answers go that come later.
///
/// On the connection's event loop only, but for ``eventLoop`` and ``execute(_:)``.
package final class ServerPort {
    package let eventLoop: any EventLoop
    /// Whose the connection is: an IPv4 address, or the first 64 bits of an IPv6 address.
    package let address: String
    private weak var handler: ServerChannelHandler?

    init(channel: any Channel, handler: ServerChannelHandler) {
        eventLoop = channel.eventLoop
        address = ConnectionRegistry.address(of: channel)
        self.handler = handler
    }

    /// Writes the final frame of a request that was pending, and frees its slot.
    ///
    /// Does nothing if the request isn't open any more. The frame leaves with ``flush()``.
    package func finish(_ stream: UInt32, _ write: (inout ReplyWriter) -> Void) {
        handler?.finish(stream, write)
    }

    /// As ``ConnectionService/handle(_:replies:)`` would have answered it, had it not been pending.
    package func answer(_ stream: UInt32, _ write: (inout ReplyWriter) -> Disposition) {
        handler?.answer(stream, write)
    }

    /// Whether the answer to an open request may be written now, or too much waits to go out
    /// already: then ``ConnectionService/resume(_:)`` is called when there is room.
    package func hasRoom(for stream: UInt32) -> Bool {
        handler?.hasRoom(for: stream) ?? false
    }

    /// Whether an ITEM may go out on the stream now; if not, ``ConnectionService/resume(_:)``
    /// tells when it may.
    package func maySendItem(on stream: UInt32) -> Bool {
        handler?.maySendItem(on: stream) ?? false
    }

    /// Writes one ITEM of a pending stream. It leaves with ``flush()``.
    ///
    /// - Returns: Whether the stream is still open; it ends if the client takes no ITEM so long.
    package func sendItem(
        _ stream: UInt32, encoding: UInt16, rawByteCount: UInt32, body: ByteBuffer
    ) -> Bool {
        handler?.sendItem(
            stream, encoding: encoding, rawByteCount: rawByteCount, body: body) ?? false
    }

    /// As ``sendItem(_:encoding:rawByteCount:body:)``, of a body that other connections send too:
    /// a large one goes out as it is, uncopied, and at once.
    package func sendItem(_ stream: UInt32, _ item: SharedItem) -> Bool {
        handler?.sendItem(stream, item) ?? false
    }

    /// Sends what was written.
    package func flush() {
        handler?.flush()
    }

    /// Spends turns of the connection on the request that is being handled, for work that would
    /// hold up the event loop's other connections if it were done at once.
    ///
    /// Nothing more that the client sent is handled, nor read, until `work` is done, so that a
    /// connection has only one such request at a time. Whoever calls this answers `.pending`.
    ///
    /// - Parameter work: does a piece, and says whether it was the last. Called once a turn, and
    ///   not any more once the connection has ended.
    package func spendTurns(on work: @escaping () -> Bool) {
        guard let handler else { return }
        handler.holdInput()
        TurnQueue.on(eventLoop).add { [weak handler] in
            guard let handler else { return false }
            guard handler.isFinished || work() else { return true }
            handler.resumeInput()
            return false
        }
    }
}

/// A ``ServerPort`` that other threads may hold, to come back to its event loop with.
package struct ServerPortReference: Sendable {
    package let eventLoop: any EventLoop
    private let bound: NIOLoopBound<ServerPort>

    package init(_ port: ServerPort) {
        eventLoop = port.eventLoop
        bound = NIOLoopBound(port, eventLoop: port.eventLoop)
    }

    /// Runs `body` on the connection's event loop, soon.
    package func execute(_ body: @escaping @Sendable (ServerPort) -> Void) {
        eventLoop.execute { body(bound.value) }
    }
}
