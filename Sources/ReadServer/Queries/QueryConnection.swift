import ConnectionState
import DocumentStore
import NIOCore
import TandemCore
import TandemDomain
import Transport
import Wire
import WireMessages

/// One client's queries. On its event loop only.
///
/// The read path: decode the request in place, look the document up, copy it into the outgoing
/// buffer. No task, no future, no allocation, no lock.
final class QueryConnection: ConnectionService {
    let service: QueryService
    let port: ServerPort
    let answers: AnswerWriter
    let reader: DocumentReader
    private let stamp: AnswerStamp
    private var now = MonotonicTime(nanoseconds: 0)
    var waiting = WaitingQueries()
    /// The event loop's connections that wait, this one among them while it does.
    lazy var loopWaiters = service.waiters.waiters(on: port.eventLoop)
    /// When the queries that wait have waited long enough.
    lazy var expiries = StreamTimers(eventLoop: port.eventLoop) { [weak self] in
        self?.expire($0)
    }

    init(
        _ service: QueryService, port: ServerPort, tools: LoopTools, encodings: KnownEncodings,
        pageByteCountMax: Int
    ) {
        self.service = service
        self.port = port
        reader = tools.reader
        answers = AnswerWriter(
            model: service.model, tools: tools, encodings: encodings,
            pageByteCountMax: pageByteCountMax)
        stamp = tools.stamp
    }

    /// Pins one generation for all requests of a read: they are all answered from one position.
    func batchBegan(now: MonotonicTime) {
        self.now = now
        reader.pin()
        stamp.update(
            epoch: service.epoch, position: reader.position,
            ageMilliseconds: service.progress.staleness(now: now))
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
                return wait(plan, until: position, request, isAhead: true, &replies)
            }
            if isStale(request.metadata.maxStalenessMilliseconds) {
                return wait(plan, until: reader.position, request, isAhead: false, &replies)
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
    func isStale(_ ageMillisecondsMax: UInt32?) -> Bool {
        guard let ageMillisecondsMax else { return false }
        return stamp.ageMilliseconds > ageMillisecondsMax
    }
}
