import Synchronization
import TandemCore
import Transport

/// Keeps one connection to one port: made when first needed, made again when lost, never more
/// often than its backoff allows. All calls share it.
actor PortConnector {
    private typealias Outcome = Result<any CallLink, CallFailure>

    private let port: TandemPort
    private let dialer: any LinkDialer
    private var reconnect: ReconnectBackoff
    /// Read by each call without a turn of the actor.
    private nonisolated let live = Mutex<(any CallLink)?>(nil)
    private var waiters: [Int: CheckedContinuation<Result<any CallLink, CallFailure>, Never>] = [:]
    private var waiterNumberLast = 0
    private var isDialing = false
    private var isClosed = false

    init(port: TandemPort, dialer: any LinkDialer, backoff: Backoff) {
        self.port = port
        self.dialer = dialer
        reconnect = ReconnectBackoff(backoff: backoff)
    }

    /// The open connection, or the one that the next attempt brings.
    nonisolated func link(
        until deadline: ContinuousClock.Instant
    ) async throws(CallFailure) -> any CallLink {
        try await wait(until: deadline).get()
    }

    func close() async {
        isClosed = true
        resume(with: .failure(.clientClosed))
        let link = live.withLock { link in
            defer { link = nil }
            return link
        }
        await link?.close()
    }

    /// The open connection, if there is one.
    nonisolated var openLink: (any CallLink)? {
        live.withLock { $0 }.flatMap { $0.isOpen ? $0 : nil }
    }

    /// The cluster of the server that is connected.
    nonisolated var clusterID: ClusterID? { openLink?.clusterID }

    private func wait(until deadline: ContinuousClock.Instant) async -> Outcome {
        if isClosed { return .failure(.clientClosed) }
        if let link = openLink { return .success(link) }
        waiterNumberLast += 1
        let number = waiterNumberLast
        let alarm = Task {
            try await Task.sleep(until: deadline, clock: .continuous)
            expire(number)
        }
        defer { alarm.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiters[number] = continuation
                if !isDialing {
                    isDialing = true
                    Task { await dial() }
                }
            }
        } onCancel: {
            Task { await self.cancel(number) }
        }
    }

    private func dial() async {
        let ended = live.withLock { link in
            defer { link = nil }
            return link
        }
        if let ended {
            reconnect.ended(ended.end, now: .now, chance: .random(in: 0...1))
        }
        // Nobody cancels this task, and a pause that is cut short does no harm.
        try? await Task.sleep(for: reconnect.remaining(now: .now))
        let outcome: Outcome
        do throws(CallFailure) {
            outcome = .success(try await dialer.dial(port, on: dialer.eventLoop))
        } catch {
            outcome = .failure(error)
        }
        isDialing = false
        switch outcome {
        case .success(let link):
            if isClosed { return await link.close() }
            live.withLock { $0 = link }
        case .failure(let failure):
            reconnect.failed(failure, now: .now, chance: .random(in: 0...1))
        }
        resume(with: outcome)
    }

    private func resume(with outcome: Outcome) {
        let ready = waiters
        waiters = [:]
        for continuation in ready.values { continuation.resume(returning: outcome) }
    }

    private func expire(_ number: Int) {
        waiters.removeValue(forKey: number)?.resume(returning: .failure(.notConnected(port)))
    }

    private func cancel(_ number: Int) {
        waiters.removeValue(forKey: number)?.resume(returning: .failure(.cancelledByCaller))
    }
}
