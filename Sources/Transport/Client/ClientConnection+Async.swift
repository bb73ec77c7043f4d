package import NIOCore
import Synchronization
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
        let collector = CallCollector(byteCountMax: pageByteCountMax)
        let id = start(call, sink: collector)
        collector.whenOverfull { self.cancel(id) }
        let (items, result) = await withTaskCancellationHandler {
            await collector.outcome()
        } onCancel: {
            cancel(id)
        }
        switch result {
        case .success(let end): return (items, end)
        case .failure(let failure): throw failure
        }
    }
}

/// Collects what a call brings, for one waiting task.
private final class CallCollector: CallSink {
    private struct State {
        var items: [ByteBuffer] = []
        var byteCount = 0
        var isOverfull = false
        var onOverfull: (@Sendable () -> Void)?
        var result: CallResult?
        var waiter: CheckedContinuation<([ByteBuffer], CallResult), Never>?

        /// Takes one more item; returns what to do outside the lock.
        mutating func collect(_ item: ByteBuffer, byteCountMax: Int) -> (() -> Void)? {
            guard !isOverfull else { return nil }
            // What an empty one costs too.
            byteCount += item.readableBytes + 64
            guard byteCount > byteCountMax else {
                items.append(item)
                return nil
            }
            isOverfull = true
            items = []
            return onOverfull
        }
    }

    private let byteCountMax: Int
    private let state = Mutex(State())

    init(byteCountMax: Int) {
        self.byteCountMax = byteCountMax
    }

    func receive(_ event: CallEvent) {
        // Resumed outside the lock: a resumed task may call straight back into us.
        let resume = state.withLock { state -> (() -> Void)? in
            switch event {
            case .item(let item):
                return state.collect(item, byteCountMax: byteCountMax)
            case .finished(let end):
                let result = state.isOverfull ? .failure(.pageTooLarge) : end
                state.result = result
                guard let waiter = state.waiter else { return nil }
                state.waiter = nil
                let items = state.items
                return { waiter.resume(returning: (items, result)) }
            }
        }
        resume?()
    }

    /// Tells once that no more items are wanted.
    func whenOverfull(_ body: @escaping @Sendable () -> Void) {
        let isOverfull = state.withLock { state in
            state.onOverfull = body
            return state.isOverfull
        }
        if isOverfull { body() }
    }

    func outcome() async -> ([ByteBuffer], CallResult) {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> ([ByteBuffer], CallResult)? in
                if let result = state.result { return (state.items, result) }
                state.waiter = continuation
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }
}

extension CallFailure {
    fileprivate static let pageTooLarge = CallFailure(
        .resourceExhausted, reason: "PAGE_TOO_LARGE",
        message: "The page is longer than this client holds in memory: ask for fewer items.",
        isNotProcessed: false, retryAfter: .never)
}
