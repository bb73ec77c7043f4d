import ConnectionState
import Logging
import NIOCore
import Synchronization

/// Something that goes wrong again and again, as one event with a beginning and an end. Pure.
struct Episode {
    /// An episode is over when nothing of its kind has happened for so long.
    static let quiet: Duration = .seconds(10)

    private var beganAt: MonotonicTime?
    private var lastAt = MonotonicTime(nanoseconds: 0)
    private var count = 0

    /// Counts one; true if an episode begins with it.
    mutating func note(now: MonotonicTime) -> Bool {
        lastAt = now
        count += 1
        guard beganAt == nil else { return false }
        beganAt = now
        return true
    }

    /// How often it happened and for how long, once the episode is over.
    mutating func endIfQuiet(now: MonotonicTime) -> (count: Int, lasting: Duration)? {
        guard let beganAt, now.since(lastAt) >= Self.quiet else { return nil }
        defer { self = Episode() }
        return (count, lastAt.since(beganAt))
    }
}

/// Logs an ``Episode``: a line when it begins, and one when it is over. Any thread.
///
/// What anybody can make happen thousands of times a second must not fill the disk with lines.
final class EpisodeLog: Sendable {
    private let state = Mutex(Episode())
    private let logger: Logger
    private let beginning: Logger.Message
    private let ending: Logger.Message

    init(_ logger: Logger, beginning: Logger.Message, ending: Logger.Message) {
        self.logger = logger
        self.beginning = beginning
        self.ending = ending
    }

    /// - Parameters:
    ///   - details: what the first line says of this case.
    ///   - eventLoop: where the end is looked for.
    func note(_ details: @autoclosure () -> Logger.Metadata, on eventLoop: any EventLoop) {
        let now = MonotonicTime(nanoseconds: eventLoop.now.uptimeNanoseconds)
        guard state.withLock({ $0.note(now: now) }) else { return }
        logger.warning(beginning, metadata: details())
        awaitEnd(on: eventLoop)
    }

    private func awaitEnd(on eventLoop: any EventLoop) {
        eventLoop.scheduleTask(in: TimeAmount(clamping: Episode.quiet)) { [self] in
            let now = MonotonicTime(nanoseconds: eventLoop.now.uptimeNanoseconds)
            let over = state.withLock { $0.endIfQuiet(now: now) }
            guard let over else {
                // A later case of the same episode, or of one that began just now.
                return awaitEnd(on: eventLoop)
            }
            logger.warning(
                ending,
                metadata: [
                    "times": "\(over.count)", "milliseconds": "\(over.lasting.wholeMilliseconds)",
                ])
        }
    }
}
