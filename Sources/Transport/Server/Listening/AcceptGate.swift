import Foundation
import Logging
import NIOCore
import Synchronization

/// How long to leave a listening socket alone after a failed accept. Pure.
struct AcceptPacing {
    private var failuresInARow = 0

    /// `nil`: not at all. The system keeps what it can't hand over, so that each look finds it
    /// again: without a pause the loop would do nothing else.
    mutating func failed(errno: Int32) -> TimeAmount? {
        // The connection was given up by its client, and is gone from the queue.
        guard errno != ECONNABORTED else { return nil }
        failuresInARow = min(failuresInARow + 1, 6)
        return .milliseconds(25 << (failuresInARow - 1))
    }

    mutating func succeeded() {
        failuresInARow = 0
    }
}

/// Stands before a listening socket: counts what is accepted, and pauses when the system, or what
/// the process can afford, allows no more, or when the connections' own loops are behind. Those who
/// are connected are served meanwhile.
///
/// NIO's `AcceptBackoffHandler` doesn't do: it holds back reads that pass by it, and none does
/// after a failed accept, as the one before is still outstanding.
final class AcceptGate: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private let descriptors: PortDescriptors
    private let failures: EpisodeLog
    private let untaken = UntakenConnections()
    private var pacing = AcceptPacing()
    private var resumption: Scheduled<Void>?

    init(descriptors: PortDescriptors, logger: Logger) {
        self.descriptors = descriptors
        failures = EpisodeLog(
            logger, beginning: "can't accept connections for now; clients wait or time out",
            ending: "no accept has failed for a while")
    }

    var isPaused: Bool { resumption != nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let child = unwrapInboundIn(data)
        pacing.succeeded()
        descriptors.opened()
        child.closeFuture.whenComplete { [descriptors] _ in descriptors.closed() }
        context.fireChannelRead(data)
        untaken.handOver(to: child.eventLoop)
        if !descriptors.mayAccept {
            failures.note(["reason": "too many connections end"], on: context.eventLoop)
            pause(for: Self.pauseWithoutRoom, context)
        } else if untaken.isFull {
            pause(for: Self.pauseForLoops, context)
        }
    }

    /// Connections that are being refused end within a second or at once.
    private static let pauseWithoutRoom = TimeAmount.milliseconds(25)
    /// A round of a busy loop takes about as long.
    private static let pauseForLoops = TimeAmount.milliseconds(1)

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else {
            failures.note(["reason": "\(error)"], on: context.eventLoop)
            return context.fireErrorCaught(error)
        }
        guard let time = pacing.failed(errno: error.errnoCode) else { return }
        failures.note(["reason": "\(error.text)"], on: context.eventLoop)
        pause(for: time, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        resumption?.cancel()
        resumption = nil
    }

    private func pause(for time: TimeAmount, _ context: ChannelHandlerContext) {
        guard resumption == nil else { return }
        setReading(false, context)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        resumption = context.eventLoop.scheduleTask(in: time) {
            let (gate, context) = bound.value
            gate.resume(context)
        }
    }

    private func resume(_ context: ChannelHandlerContext) {
        resumption = nil
        guard descriptors.mayAccept else { return pause(for: Self.pauseWithoutRoom, context) }
        guard !untaken.isFull else { return pause(for: Self.pauseForLoops, context) }
        setReading(true, context)
    }

    private func setReading(_ isReading: Bool, _ context: ChannelHandlerContext) {
        // A channel that can't is closed, and reads nothing either way.
        try? context.channel.syncOptions?.setOption(.autoRead, value: isReading)
    }
}

/// The connections of a port that are accepted, and that their loops have not taken up yet. Without
/// a bound a flood grows by them while the loops are busy: no limit has counted them.
private final class UntakenConnections: Sendable {
    private let count = Atomic(0)

    var isFull: Bool { count.load(ordering: .relaxed) >= 64 }

    /// After the connection was given to its loop: what the loop does next is behind that.
    func handOver(to eventLoop: any EventLoop) {
        count.add(1, ordering: .relaxed)
        eventLoop.execute { [self] in count.subtract(1, ordering: .relaxed) }
    }
}
