package import NIOCore
import TandemCore

extension ClientConnection {
    /// Makes a unary call and waits for its reply. Cancelling the task cancels the call.
    package func call(_ call: OutboundCall) async throws(CallFailure) -> CallSuccess {
        try await page(call).end
    }

    /// Makes a call and collects its items until its result. Cancelling the task cancels the call.
    ///
    /// A server that sends on and on is stopped at the configuration's `pageByteCountMax`:
    /// RESOURCE_EXHAUSTED / PAGE_TOO_LARGE.
    package func page(
        _ call: OutboundCall
    ) async throws(CallFailure) -> (items: [ByteBuffer], end: CallSuccess) {
        let done = try await complete(call)
        return (done.items, done.end)
    }

    /// The same; each function on a call's way takes its time.
    package func complete(
        _ call: consuming OutboundCall
    ) async throws(CallFailure) -> CompletedCall {
        let page = AwaitedPage(on: self)
        let call = ClientCall(call, sink: page)
        let (items, result) = await withTaskCancellationHandler {
            // Resumed once, by the only final event; unchecked, since the check takes another
            // object for each call.
            await unsafe withUnsafeContinuation {
                (continuation: UnsafeContinuation<AwaitedPage.Outcome, Never>) in
                unsafe page.begin(call, continuation)
                start(call)
            }
        } onCancel: {
            cancel(CallID(call: call))
        }
        switch result {
        case .success(let end): return CompletedCall(items: items, end: end)
        case .failure(let failure): throw failure
        }
    }
}

/// Collects what a call brings, for the task that waits for it.
///
/// The task sets it up before the call is started, and then it is the event loop's alone.
@safe private final class AwaitedPage: CallSink, @unchecked Sendable {
    typealias Outcome = (items: [ByteBuffer], result: CallResult)

    private let connection: ClientConnection
    /// Until the call has ended: each holds the other.
    private var call: ClientCall?
    private var waiter: UnsafeContinuation<Outcome, Never>?
    private var items: [ByteBuffer] = []
    private var byteCount = 0
    private var isOverfull = false

    init(on connection: ClientConnection) {
        self.connection = connection
    }

    /// Once, before the call is started.
    func begin(_ call: ClientCall, _ waiter: UnsafeContinuation<Outcome, Never>) {
        self.call = call
        unsafe self.waiter = unsafe waiter
    }

    func receive(_ event: CallEvent) {
        switch event {
        case .item(let item):
            collect(item)
        case .finished(let end):
            call = nil
            let waiter = unsafe waiter
            unsafe self.waiter = nil
            unsafe waiter?.resume(
                returning: (items, isOverfull ? .failure(.pageTooLarge) : end))
        }
    }

    private func collect(_ item: ByteBuffer) {
        guard !isOverfull else { return }
        // What an empty one costs too.
        byteCount += item.readableBytes + 64
        guard byteCount > connection.pageByteCountMax else { return items.append(item) }
        isOverfull = true
        items = []
        if let call { connection.cancel(CallID(call: call)) }
    }
}

extension CallFailure {
    fileprivate static let pageTooLarge = CallFailure(
        .resourceExhausted, reason: "PAGE_TOO_LARGE",
        message: "The page is longer than this client holds in memory: ask for fewer items.",
        isNotProcessed: false, retryAfter: .never)
}
