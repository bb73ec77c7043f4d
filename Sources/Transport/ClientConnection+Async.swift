package import NIOCore
import Synchronization

extension ClientConnection {
    /// Makes a unary call and waits for its reply. Cancelling the task cancels the call.
    package func call(_ call: OutboundCall) async throws(CallFailure) -> CallSuccess {
        try await page(call).end
    }

    /// Makes a call and collects its items until its result. Cancelling the task cancels the call.
    package func page(
        _ call: OutboundCall
    ) async throws(CallFailure) -> (items: [ByteBuffer], end: CallSuccess) {
        let collector = CallCollector()
        let id = start(call, sink: collector)
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
        var result: CallResult?
        var waiter: CheckedContinuation<([ByteBuffer], CallResult), Never>?
    }

    private let state = Mutex(State())

    func receive(_ event: CallEvent) {
        // Resumed outside the lock: a resumed task may call straight back into us.
        let resume = state.withLock { state -> (() -> Void)? in
            switch event {
            case .item(let item):
                state.items.append(item)
                return nil
            case .finished(let result):
                state.result = result
                guard let waiter = state.waiter else { return nil }
                state.waiter = nil
                let items = state.items
                return { waiter.resume(returning: (items, result)) }
            }
        }
        resume?()
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
