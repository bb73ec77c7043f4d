import ConnectionState
import NIOCore
import TandemCore
import TestMessages
import Transport
import Wire

/// One client of a ``TestedPort``: test calls are answered here, all others where they belong. On
/// the connection's event loop only.
final class TestedConnection: ConnectionService {
    private let service: TestedPort
    private let inner: any ConnectionService
    private let sleeps: SleepingCalls
    private let streams: ItemStreams

    init(_ service: TestedPort, port: ServerPort, inner: any ConnectionService) {
        self.service = service
        self.inner = inner
        sleeps = SleepingCalls(port)
        streams = ItemStreams(port)
    }

    func batchBegan(now: MonotonicTime) { inner.batchBegan(now: now) }
    func batchEnded() { inner.batchEnded() }

    func handle(_ request: ServerRequest, replies: inout ReplyWriter) -> Disposition {
        guard let method = TestMethod(rawValue: request.method - service.firstNumber) else {
            return inner.handle(request, replies: &replies)
        }
        do {
            return try handle(method, request, &replies)
        } catch let rejection as Rejection {
            replies.error(
                request.stream, rejection, isNotProcessed: true,
                retryAfterMilliseconds: retryNever)
        } catch {
            // The only place where what nobody expected meets the wire: its text stays here.
            service.log("\(method.name) failed: \(error)")
            replies.error(request.stream, .unexpectedFailure, isNotProcessed: false)
        }
        return .answered
    }

    private func handle(
        _ method: TestMethod, _ request: ServerRequest, _ replies: inout ReplyWriter
    ) throws -> Disposition {
        switch method {
        case .echo:
            try EchoCall.answer(request, &replies)
            return .answered
        case .fail:
            try FailCall.answer(request, &replies)
            return .answered
        case .sleep:
            try sleeps.begin(request)
            return .pending
        case .stream:
            return try streams.begin(request, &replies)
        }
    }

    func cancel(_ stream: UInt32) {
        end(stream, because: .cancelledByClient) { inner.cancel(stream) }
    }

    func expire(_ stream: UInt32) {
        end(stream, because: .deadlineExceeded) { inner.expire(stream) }
    }

    private func end(_ stream: UInt32, because reason: Rejection, otherwise: () -> Void) {
        guard !sleeps.end(stream, because: reason), !streams.end(stream, because: reason) else {
            return
        }
        otherwise()
    }

    func resume(_ stream: UInt32) {
        if !streams.resume(stream) { inner.resume(stream) }
    }

    func connectionClosed() {
        sleeps.forgetAll()
        streams.forgetAll()
        inner.connectionClosed()
    }
}

extension Rejection {
    fileprivate static let unexpectedFailure = Rejection(
        .internal, reason: TandemReason.internalFailure.rawValue,
        message: "The server failed to answer this call; its log says why.")
}
