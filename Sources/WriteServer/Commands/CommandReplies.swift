import NIOCore
import WriteStore

/// Who waits for outcomes, on an event loop.
protocol OutcomeReceiver: AnyObject {
    func take(_ outcomes: [CommandOutcome])
}

/// Brings outcomes from the writer's thread to the event loop of those who wait for them.
///
/// Keeps them alive: they let go of it when nothing more is to come.
final class CommandReplies: CommandReplySink {
    private let eventLoop: any EventLoop
    private let receiver: NIOLoopBound<any OutcomeReceiver>

    init(to receiver: any OutcomeReceiver, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.receiver = NIOLoopBound(receiver, eventLoop: eventLoop)
    }

    func deliver(_ outcomes: [CommandOutcome]) {
        eventLoop.execute { [receiver] in receiver.value.take(outcomes) }
    }
}
