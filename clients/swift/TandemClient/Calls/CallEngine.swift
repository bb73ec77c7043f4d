package import NIOCore
package import TandemCore
package import Transport

/// One call, as the engine needs it.
package struct Invocation: Sendable {
    package let port: TandemPort
    package let method: Int
    /// How its answer comes.
    package let kind: CallKind
    package let body: ByteBuffer
    package let isReadOnly: Bool
    package let key: IdempotencyKey?
    package var atLeast: ConsistencyToken?
    package let maxStaleness: Duration?
    package let context: CallContext
    /// For the whole call, retries included.
    package let timeout: Duration

    /// - Parameter method: its number on the connections of the port.
    package init(
        port: TandemPort, method: Int, kind: CallKind, isReadOnly: Bool, body: ByteBuffer,
        key: IdempotencyKey? = nil, atLeast: ConsistencyToken? = nil,
        maxStaleness: Duration? = nil, context: CallContext = .empty, timeout: Duration
    ) {
        self.port = port
        self.method = method
        self.kind = kind
        self.body = body
        self.isReadOnly = isReadOnly
        self.key = key
        self.atLeast = atLeast
        self.maxStaleness = maxStaleness
        self.context = context
        self.timeout = timeout
    }

    package init(
        port: TandemPort, method: Int, kind: CallKind, isReadOnly: Bool, body: ByteBuffer,
        key: IdempotencyKey? = nil, options: CallOptions, timeout: Duration
    ) {
        self.init(
            port: port, method: method, kind: kind, isReadOnly: isReadOnly, body: body, key: key,
            atLeast: options.atLeast, maxStaleness: options.maxStaleness,
            context: options.context, timeout: timeout)
    }

    /// Whether the call can't do anything twice if it is made again, by the server's word and the
    /// caller's.
    package func isRepeatable(over link: any CallLink) -> Bool {
        switch link.retryPolicy(of: method) {
        case .always: isReadOnly || key != nil
        case .withKey: key != nil
        case .never: false
        }
    }
}

/// Makes calls over one connection a port, again and again until they succeed, fail for good or
/// run out of time.
package final class CallEngine: Sendable {
    package let configuration: TandemConfiguration
    package let methods: CallMethods
    private let command: PortConnector
    private let query: PortConnector

    package init(
        _ methods: CallMethods, configuration: TandemConfiguration, dialer: any LinkDialer
    ) {
        self.methods = methods
        self.configuration = configuration
        command = PortConnector(port: .command, dialer: dialer, backoff: configuration.backoff)
        query = PortConnector(port: .query, dialer: dialer, backoff: configuration.backoff)
    }

    /// The cluster of the servers that are connected.
    package var clusterID: ClusterID? { command.clusterID ?? query.clusterID }

    package func close() async {
        await command.close()
        await query.close()
    }

    package func perform(_ invocation: Invocation) async throws(TandemError) -> CompletedCall {
        PatienceWatch.told?(invocation.timeout)
        let start = ContinuousClock.now
        let deadline = start + invocation.timeout
        var now = start
        var schedule = RetrySchedule(
            isRepeatable: invocation.isReadOnly || invocation.key != nil,
            backoff: configuration.backoff)
        // Beyond it the answer may be forgotten, and a repeat would do it all again.
        var keyExpiry: ContinuousClock.Instant?
        while true {
            let failure: CallFailure
            var patience = min(deadline, keyExpiry ?? deadline)
            var facts: [String: String] = [:]
            switch await attempt(
                invocation, at: now, until: deadline, connectedBy: patience)
            {
            case .completed(let call): return call
            case .failed(let reason, let link):
                failure = reason
                schedule.isRepeatable = invocation.isRepeatable(over: link)
                if invocation.key != nil, let keyRetention = link.keyRetention {
                    keyExpiry = min(keyExpiry ?? deadline, start + keyRetention)
                    patience = min(patience, start + keyRetention)
                }
            case .cancelled:
                throw TandemError(
                    .cancelledByCaller, retry: schedule.adviceBetweenAttempts, key: invocation.key)
            case .notConnected(let reason):
                failure = reason
                facts["address"] = configuration.address(of: invocation.port).description
                if let limit = configuration.connectPatience {
                    patience = min(patience, start + limit)
                }
            }
            let onFailure = schedule.attemptFailed(
                AttemptFailure(failure), remaining: patience - ContinuousClock.now,
                chance: .random(in: 0...1))
            switch onFailure {
            case .giveUp(let advice):
                throw TandemError(
                    failure, adding: facts, retry: advice, key: invocation.key)
            case .retry(let wait):
                // A cancelled sleep ends early, and then there is no next attempt.
                try? await Task.sleep(for: wait)
                now = .now
            }
        }
    }

    private enum Attempt {
        case completed(CompletedCall)
        case failed(CallFailure, over: any CallLink)
        case notConnected(CallFailure)
        /// Before it was sent.
        case cancelled
    }

    private func attempt(
        _ invocation: Invocation, at start: ContinuousClock.Instant,
        until deadline: ContinuousClock.Instant, connectedBy latest: ContinuousClock.Instant
    ) async -> Attempt {
        guard !Task.isCancelled else { return .cancelled }
        let connector = connector(of: invocation.port)
        let link: any CallLink
        var now = start
        if let open = connector.openLink {
            link = open
        } else {
            do throws(CallFailure) {
                link = try await connector.link(until: latest)
            } catch {
                return .notConnected(error)
            }
            guard !Task.isCancelled else { return .cancelled }
            now = .now
        }
        let remaining = max(deadline - now, .milliseconds(1))
        let call = OutboundCall(
            method: invocation.method, kind: invocation.kind, body: invocation.body,
            timeout: remaining, key: invocation.key, atLeast: invocation.atLeast,
            maxStaleness: invocation.maxStaleness, context: invocation.context)
        do throws(CallFailure) {
            return .completed(try await link.complete(call))
        } catch {
            return .failed(error, over: link)
        }
    }

    private func connector(of port: TandemPort) -> PortConnector {
        switch port {
        case .command: command
        case .query: query
        }
    }
}
