import ConnectionState
import NIOCore
import SwiftProtobuf
import TandemCore
import TestMessages
import Transport
import Wire

/// The Sleep calls of one connection. On its event loop only.
final class SleepingCalls {
    private struct Call {
        let milliseconds: UInt32
        let ignoresEnd: Bool
        /// Why it is to end, if it ought to have ended before its time.
        var isOver: Rejection?
    }

    private static let millisecondsMax: UInt32 = 60_000

    private let port: ServerPort
    private var calls: [UInt32: Call] = [:]
    private lazy var timers = StreamTimers(eventLoop: port.eventLoop) { [weak self] in
        self?.wake($0)
    }

    init(_ port: ServerPort) {
        self.port = port
    }

    func begin(_ request: ServerRequest) throws(Rejection) {
        let sleep = try Tandem_Test_V1_SleepRequest(requestBody: request.body)
        guard sleep.ms <= Self.millisecondsMax else {
            throw Rejection(
                .invalidArgument, reason: "SLEEP_TOO_LONG",
                message: "A call sleeps \(Self.millisecondsMax) ms at the most, not \(sleep.ms).",
                metadata: ["ms": "\(sleep.ms)", "max": "\(Self.millisecondsMax)"])
        }
        let stream = request.stream
        timers.set(stream, at: .current.advanced(by: sleep.ms))
        calls[stream] = Call(milliseconds: sleep.ms, ignoresEnd: sleep.ignoreCancel)
    }

    private func wake(_ streams: [UInt32]) {
        for stream in streams { wake(stream) }
        port.flush()
    }

    private func wake(_ stream: UInt32) {
        guard let call = calls.removeValue(forKey: stream) else { return }
        if let reason = call.isOver {
            finish(stream, because: reason)
        } else {
            var reply = Tandem_Test_V1_SleepReply()
            reply.ms = call.milliseconds
            let body = reply.body()
            port.finish(stream) {
                $0.response(stream, body: body.readableBytesView, metadata: nil)
            }
        }
    }

    /// Ends a call before its time, now or when it has slept; `false` if it isn't one of these.
    func end(_ stream: UInt32, because reason: Rejection) -> Bool {
        guard let call = calls[stream] else { return false }
        if call.ignoresEnd {
            calls[stream]?.isOver = call.isOver ?? reason
        } else {
            timers.remove(stream)
            calls[stream] = nil
            finish(stream, because: reason)
        }
        return true
    }

    private func finish(_ stream: UInt32, because reason: Rejection) {
        port.finish(stream) { $0.error(stream, reason, isNotProcessed: false) }
    }

    func forgetAll() {
        timers.removeAll()
        calls = [:]
    }
}
