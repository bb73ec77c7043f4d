package import EventModel
package import NIOCore
import Transport

/// One call, as the engine needs it.
package struct Invocation: Sendable {
    package let port: TandemPort
    package let method: Int
    package let body: ByteBuffer
    package let isReadOnly: Bool
    package let key: IdempotencyKey?
    package let atLeast: ConsistencyToken?
    /// For the whole call, retries included.
    package let timeout: Duration

    /// - Parameter method: its number on the connections of the port.
    package init(
        port: TandemPort, method: Int, isReadOnly: Bool, body: ByteBuffer,
        key: IdempotencyKey? = nil, atLeast: ConsistencyToken? = nil, timeout: Duration
    ) {
        self.port = port
        self.method = method
        self.body = body
        self.isReadOnly = isReadOnly
        self.key = key
        self.atLeast = atLeast
        self.timeout = timeout
    }

    package init<Method: CallMethod>(
        _ method: Method, body: ByteBuffer, key: IdempotencyKey? = nil,
        atLeast: ConsistencyToken? = nil, timeout: Duration
    ) {
        self.init(
            port: Method.port, method: method.rawValue, isReadOnly: method.isReadOnly, body: body,
            key: key, atLeast: atLeast, timeout: timeout)
    }

    /// The same call, whose answer must reflect another position at least.
    package func demanding(_ atLeast: ConsistencyToken?) -> Invocation {
        Invocation(
            port: port, method: method, isReadOnly: isReadOnly, body: body, key: key,
            atLeast: atLeast, timeout: timeout)
    }
}

/// Makes calls over one connection a port, again and again until they succeed, fail for good or
/// run out of time.
package final class CallEngine: Sendable {
    package let configuration: TandemConfiguration
    private let command: PortConnector
    private let query: PortConnector

    package init(configuration: TandemConfiguration, dialer: any LinkDialer) {
        self.configuration = configuration
        command = PortConnector(port: .command, dialer: dialer, backoff: configuration.backoff)
        query = PortConnector(port: .query, dialer: dialer, backoff: configuration.backoff)
    }

    package func close() async {
        await command.close()
        await query.close()
    }

    package func perform(_ invocation: Invocation) async throws(TandemError) -> CompletedCall {
        let start = ContinuousClock.now
        let deadline = start + invocation.timeout
        var schedule = RetrySchedule(
            isRepeatable: invocation.isReadOnly || invocation.key != nil,
            backoff: configuration.backoff)
        while true {
            let failure: CallFailure
            var patience = deadline
            var facts: [String: String] = [:]
            switch await attempt(invocation, until: deadline) {
            case .completed(let call): return call
            case .failed(let reason, let keyRetention):
                failure = reason
                // Beyond it the answer may be forgotten, and a repeat would do it all again.
                if invocation.key != nil, let keyRetention {
                    patience = min(patience, start + keyRetention)
                }
            case .notConnected(let reason):
                failure = reason
                facts["address"] = configuration.address(of: invocation.port).description
                if let limit = configuration.connectPatience {
                    patience = min(deadline, start + limit)
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
                // A cancelled sleep ends early, and the next attempt then says so.
                try? await Task.sleep(for: wait)
            }
        }
    }

    private enum Attempt {
        case completed(CompletedCall)
        case failed(CallFailure, keyRetention: Duration?)
        case notConnected(CallFailure)
    }

    private func attempt(
        _ invocation: Invocation, until deadline: ContinuousClock.Instant
    ) async -> Attempt {
        let link: any CallLink
        do throws(CallFailure) {
            link = try await connector(of: invocation.port).link(until: deadline)
        } catch {
            return .notConnected(error)
        }
        let remaining = max(deadline - ContinuousClock.now, .milliseconds(1))
        let call = OutboundCall(
            method: invocation.method, body: invocation.body, timeout: remaining,
            key: invocation.key, atLeast: invocation.atLeast)
        do throws(CallFailure) {
            return .completed(try await link.complete(call))
        } catch {
            return .failed(error, keyRetention: link.keyRetention)
        }
    }

    private func connector(of port: TandemPort) -> PortConnector {
        switch port {
        case .command: command
        case .query: query
        }
    }
}
