import ConnectionState
import DocumentStore
import NIOCore
import TandemCore
import Transport
import Wire

extension QueryConnection: WaitingConnection {
    /// Queries, and 8 KiB of answers, that a turn takes up.
    private static let workInTurnMax = 64
    private static let byteCountLikeAQuery = 8 << 10

    /// Puts a query aside, if there is room for it.
    func wait(
        _ plan: QueryPlan, until position: LogPosition, _ request: ServerRequest, isAhead: Bool,
        _ replies: inout ReplyWriter
    ) -> Disposition {
        let stream = request.stream
        let byteCount = WaitingRoom.byteCount(of: plan, request.body)
        if let refusal = service.room.take(byteCount, port.address) {
            replies.error(
                stream, refusal.rejection, isNotProcessed: true,
                retryAfterMilliseconds: refusal.retryAfterMilliseconds)
            return .answered
        }
        let longest = service.limits.positionWaitMax
        let left = request.deadline.map { min($0.since(request.now), longest) } ?? longest
        let milliseconds = UInt32(clamping: left.wholeMilliseconds)
        expiries.set(stream, at: MonotonicTime.current.advanced(by: milliseconds))
        let age = request.metadata.maxStalenessMilliseconds
        let query = WaitingQuery(
            plan: plan, position: position, ageMillisecondsMax: age, byteCount: byteCount)
        if isAhead {
            waiting.add(query, stream)
            loopWaiters.wait(self, for: position)
        } else if let age {
            waitForFreshness(query, stream, ageMillisecondsMax: age)
        }
        return .pending
    }

    private func waitForFreshness(
        _ query: WaitingQuery, _ stream: UInt32, ageMillisecondsMax: UInt32
    ) {
        waiting.add(query, stream, ageMillisecondsMax: ageMillisecondsMax)
        loopWaiters.waitForFreshness(self)
    }

    // MARK: - Going on

    func goOn() -> Bool {
        batchBegan(now: .current)
        let position = reader.position
        var left = Self.workInTurnMax
        while left > 0, let stream = waiting.next(at: position) {
            left -= 1 + answer(stream) / Self.byteCountLikeAQuery
        }
        batchEnded()
        port.flush()
        // Sending may have ended the connection, or let it take up more.
        guard !waiting.mayGoOn(at: position) else { return true }
        if let least = waiting.leastPosition() { loopWaiters.wait(self, for: least) }
        return false
    }

    func lookForFreshness() -> (mayGoOn: Bool, isWaiting: Bool) {
        let age = service.progress.staleness(now: .current)
        return waiting.look(ageMilliseconds: age)
    }

    /// Answers a query whose position is there, unless it has to be fresher, or its answer would
    /// only wait behind others to go out: then it is resumed when there is room. How many bytes it
    /// took. Within a batch.
    private func answer(_ stream: UInt32) -> Int {
        guard let query = waiting[stream], port.hasRoom(for: stream) else { return 0 }
        if let age = query.ageMillisecondsMax, isStale(age) {
            waitForFreshness(query, stream, ageMillisecondsMax: age)
            return 0
        }
        forget(stream)
        var byteCount = 0
        port.answer(stream) { replies in
            let start = replies.buffer.writerIndex
            defer { byteCount = replies.buffer.writerIndex - start }
            return answers.write(query.plan, stream, to: &replies)
        }
        return byteCount
    }

    func resume(_ stream: UInt32) {
        guard waiting[stream] != nil else { return }
        batchBegan(now: .current)
        _ = answer(stream)
        batchEnded()
        port.flush()
    }

    // MARK: - Giving up

    func expire(_ stream: UInt32) {
        expire([stream])
    }

    /// Those whose time is over, with one flush.
    func expire(_ streams: [UInt32]) {
        batchBegan(now: .current)
        for stream in streams {
            guard let query = waiting[stream] else { continue }
            let isBehind = reader.position < query.position
            guard isBehind || isStale(query.ageMillisecondsMax) else {
                // What it waited for has come, and its turn has not; or there is no room for its
                // answer, and it goes on waiting for that.
                _ = answer(stream)
                continue
            }
            forget(stream)
            let (rejection, retryAfterMilliseconds) = isBehind ? whyBehind(query) : whyStale()
            port.finish(stream) {
                $0.error(
                    stream, rejection, isNotProcessed: true,
                    retryAfterMilliseconds: retryAfterMilliseconds)
            }
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
        guard forget(stream) else { return }
        port.finish(stream) { $0.error(stream, .cancelledByClient, isNotProcessed: true) }
    }

    /// Takes out a query that waits no more, with all that it takes; false if there is none.
    @discardableResult
    private func forget(_ stream: UInt32) -> Bool {
        guard let query = waiting.remove(stream) else { return false }
        expiries.remove(stream)
        service.room.giveBack(query.byteCount, port.address)
        return true
    }

    func connectionClosed() {
        for query in waiting.removeAll() {
            service.room.giveBack(query.byteCount, port.address)
        }
        expiries.removeAll()
        loopWaiters.forget(self)
    }
}
