import Domain
import EventModel
import NIOCore
import Session
import SnapshotStore
import Transport
import Wire
import WireMessages

/// One client's queries. On its event loop only.
///
/// The read path: decode the request in place, look the document up, copy it into the outgoing
/// buffer. No task, no future, no allocation, no lock.
final class QueryConnection: ConnectionService {
    private let service: QueryService
    private let port: ServerPort
    private let answers: AnswerWriter
    private let reader: SnapshotReader
    private var now = MonotonicTime(nanoseconds: 0)
    /// Queries that wait for a position or for fresher documents, by stream.
    private var waiting: [UInt32: WaitingQuery] = [:]
    /// Those of them whose position is there, and that wait for freshness only.
    private var stale = StaleQueries()
    /// When the queries that wait have waited long enough.
    private lazy var expiries = StreamTimers(eventLoop: port.eventLoop) { [weak self] in
        self?.expire($0)
    }

    struct WaitingQuery {
        let plan: QueryPlan
        let position: LogPosition
        let ageMillisecondsMax: UInt32?
        /// `nil` if it does not wait for a position.
        let waiter: PositionWaiters.WaiterID?
    }

    init(
        _ service: QueryService, port: ServerPort, tools: LoopTools, encodings: KnownEncodings
    ) {
        self.service = service
        self.port = port
        reader = tools.reader
        answers = AnswerWriter(
            model: service.model, reader: reader, inflater: tools.inflater, encodings: encodings)
    }

    /// Pins one generation for all requests of a read: they are all answered from one position.
    func batchBegan(now: MonotonicTime) {
        self.now = now
        reader.pin()
        var metadata = Metadata()
        metadata.token = ConsistencyToken(
            epoch: service.epoch, position: reader.position)
        metadata.ageMilliseconds = service.progress.staleness(now: now)
        answers.metadata = metadata
    }

    func batchEnded() {
        reader.unpin()
    }

    func handle(_ request: ServerRequest, replies: inout ReplyWriter) -> Disposition {
        do throws(Rejection) {
            let plan = try unsafe request.body.withUnsafeReadableBytes {
                bytes throws(Rejection) in
                try unsafe service.model.queries[request.method].compile(bytes)
            }
            if let position = try positionToWaitFor(request.metadata.atLeast) {
                wait(plan, until: position, request, isAhead: true)
                return .pending
            }
            if isStale(request.metadata.maxStalenessMilliseconds) {
                wait(plan, until: reader.position, request, isAhead: false)
                return .pending
            }
            return answers.write(plan, request.stream, to: &replies)
        } catch {
            replies.error(
                request.stream, error, isNotProcessed: true, retryAfterMilliseconds: retryNever)
            return .answered
        }
    }

    /// Where the documents have to get before the query is answered, if they aren't there: where
    /// its token says, and where the log was when this server began.
    private func positionToWaitFor(
        _ token: ConsistencyToken?
    ) throws(Rejection) -> LogPosition? {
        let isAhead = if let token { try isAhead(token) } else { false }
        let asked = isAhead ? token?.position : nil
        guard let target = service.building?.target, reader.position < target else { return asked }
        return max(asked ?? target, target)
    }

    /// Whether the documents must be waited for; a rejection if that would be in vain.
    private func isAhead(_ token: ConsistencyToken) throws(Rejection) -> Bool {
        guard token.epoch == service.epoch else {
            throw .otherEpoch(asked: token.epoch, served: service.epoch)
        }
        guard token.position > reader.position else { return false }
        let head = service.progress.head
        let ahead = token.position.rawValue - min(head.rawValue, token.position.rawValue)
        guard ahead <= Self.headSlack || !service.progress.isFeedConnected else {
            throw .beyondHead(asked: token.position, head: head)
        }
        return true
    }

    /// A command's position may be newer than the last head that the feed told of; one further
    /// ahead than this was never given.
    private static let headSlack: UInt64 = 1_000_000

    /// Whether the documents are too old for the request, as far as is known.
    private func isStale(_ ageMillisecondsMax: UInt32?) -> Bool {
        guard let ageMillisecondsMax else { return false }
        return answers.metadata.ageMilliseconds ?? .max > ageMillisecondsMax
    }

    // MARK: - Waiting

    private func wait(
        _ plan: QueryPlan, until position: LogPosition, _ request: ServerRequest, isAhead: Bool
    ) {
        let longest = service.limits.positionWaitMax
        let left = request.deadline.map { min($0.since(request.now), longest) } ?? longest
        let stream = request.stream
        let milliseconds = UInt32(clamping: left.wholeMilliseconds)
        expiries.set(stream, at: MonotonicTime.current.advanced(by: milliseconds))
        var waiter: PositionWaiters.WaiterID?
        if isAhead {
            // Runs on this event loop, so not before the query is noted below.
            let bound = NIOLoopBound(self, eventLoop: port.eventLoop)
            waiter = service.waiters.add(position: position, eventLoop: port.eventLoop) {
                bound.value.goOn(stream)
            }
        } else if let age = request.metadata.maxStalenessMilliseconds {
            waitForFreshness(stream, ageMillisecondsMax: age)
        }
        waiting[stream] = WaitingQuery(
            plan: plan, position: position,
            ageMillisecondsMax: request.metadata.maxStalenessMilliseconds, waiter: waiter)
    }

    /// Answers a query whose position is there, unless it has to be fresher, or its answer would
    /// only wait behind others to go out: then it is resumed when there is room.
    private func goOn(_ stream: UInt32) {
        guard let query = waiting[stream], port.hasRoom(for: stream) else { return }
        batchBegan(now: .current)
        if let age = query.ageMillisecondsMax, isStale(age) {
            waitForFreshness(stream, ageMillisecondsMax: age)
        } else {
            answer(stream, query)
        }
        batchEnded()
        port.flush()
    }

    /// Within a batch.
    private func answer(_ stream: UInt32, _ query: WaitingQuery) {
        waiting[stream] = nil
        expiries.remove(stream)
        port.answer(stream) { answers.write(query.plan, stream, to: &$0) }
    }

    private func waitForFreshness(_ stream: UInt32, ageMillisecondsMax: UInt32) {
        stale.add(stream, ageMillisecondsMax: ageMillisecondsMax)
        lookForFreshness()
    }

    /// Freshness comes with the feed's heartbeat, about every 500 ms, and nobody announces it: a
    /// look now and then, one for all queries of the connection, costs less than to be told.
    private static let lookPeriod = TimeAmount.milliseconds(25)

    private func lookForFreshness() {
        guard stale.beginLooking() else { return }
        let bound = NIOLoopBound(self, eventLoop: port.eventLoop)
        port.eventLoop.scheduleTask(in: Self.lookPeriod) { bound.value.answerFreshEnough() }
    }

    private func answerFreshEnough() {
        let age = service.progress.staleness(now: .current)
        let ready = stale.endLooking(ageMilliseconds: age)
        if !ready.isEmpty {
            batchBegan(now: .current)
            for stream in ready {
                if let query = waiting[stream], port.hasRoom(for: stream) {
                    answer(stream, query)
                }
            }
            batchEnded()
            port.flush()
        }
        lookForFreshness()
    }

    func expire(_ stream: UInt32) {
        guard let query = waiting[stream] else { return }
        batchBegan(now: .current)
        let isBehind = reader.position < query.position
        if isBehind || isStale(query.ageMillisecondsMax) {
            waiting[stream] = nil
            giveUp(stream, query)
            let (rejection, retryAfterMilliseconds) = isBehind ? whyBehind(query) : whyStale()
            port.finish(stream) {
                $0.error(
                    stream, rejection, isNotProcessed: true,
                    retryAfterMilliseconds: retryAfterMilliseconds)
            }
        } else {
            // What it waited for has come, and the word of it is still on its way here; or there
            // was no room for its answer, and it goes on waiting for that.
            giveUp(stream, query)
            if port.hasRoom(for: stream) { answer(stream, query) }
        }
        batchEnded()
        port.flush()
    }

    /// Within a batch.
    private func whyBehind(_ query: WaitingQuery) -> (Rejection, UInt32) {
        let read = reader.position
        if let obstacle = service.progress.obstacle {
            return (.stopped(obstacle, read: read), 1_000)
        }
        if let building = service.building, !building.isOver(at: read) {
            let now = MonotonicTime.current
            return (
                .building(building, read: read, now: now),
                building.retryAfterMilliseconds(at: read, now: now)
            )
        }
        return (.behind(asked: query.position, read: read), 100)
    }

    private func whyStale() -> (Rejection, UInt32) {
        (.stale(ageMilliseconds: service.progress.staleness(now: .current)), 500)
    }

    func cancel(_ stream: UInt32) {
        guard let query = waiting.removeValue(forKey: stream) else { return }
        giveUp(stream, query)
        port.finish(stream) { $0.error(stream, .cancelledByClient, isNotProcessed: true) }
    }

    func resume(_ stream: UInt32) { goOn(stream) }

    func connectionClosed() {
        for (stream, query) in waiting { giveUp(stream, query) }
        waiting = [:]
        expiries.removeAll()
    }

    private func giveUp(_ stream: UInt32, _ query: WaitingQuery) {
        expiries.remove(stream)
        stale.remove(stream)
        if let waiter = query.waiter { service.waiters.remove(waiter) }
    }
}
