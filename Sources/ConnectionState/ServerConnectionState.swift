package import Wire
import WireMessages

/// One connection as the server sees it: what may come next, and what it means.
///
/// Pure: no channel, no clock, no promise. The transport feeds it frames and carries out what it
/// answers. States only move forward: preface → HELLO → serving → closed.
package enum ServerConnectionState: ~Copyable {
    case awaitingPreface(since: MonotonicTime)
    case awaitingHello(since: MonotonicTime, ConnectionRole)
    case serving(ServingState)
    case closed

    package init(openedAt now: MonotonicTime) {
        self = .awaitingPreface(since: now)
    }

    package enum Stage: Hashable, Sendable {
        case preface, hello, serving, draining, closed
    }

    package var stage: Stage {
        switch self {
        case .awaitingPreface: .preface
        case .awaitingHello: .hello
        case .serving(let state): state.isDraining ? .draining : .serving
        case .closed: .closed
        }
    }

    // MARK: - Handshake

    private static let secondPreface = "The transport reads one preface, before anything else."

    package enum OnPreface: Hashable {
        case awaitHello
        case close(ProtocolViolation)
    }

    package mutating func receive(_ preface: Preface, servedRole: ConnectionRole) -> OnPreface {
        switch consume self {
        case .awaitingPreface(let since):
            guard preface.role == servedRole else {
                self = .closed
                return .close(.wrongRole(asked: preface.role, served: servedRole))
            }
            self = .awaitingHello(since: since, preface.role)
            return .awaitHello
        case .awaitingHello: preconditionFailure(Self.secondPreface)
        case .serving: preconditionFailure(Self.secondPreface)
        case .closed: preconditionFailure(Self.secondPreface)
        }
    }

    package enum OnHello: Hashable {
        /// Answer with WELCOME; the connection serves.
        case welcome(Agreement)
        case close(ProtocolViolation)
    }

    package mutating func receive(
        _ hello: Hello, methods: MethodTable, clusterID: [UInt8], limits: WireLimits
    ) -> OnHello {
        switch consume self {
        case .awaitingHello:
            guard hello.methods.count <= limits.methodCountMax else {
                self = .closed
                return .close(
                    .tooManyMethods(
                        count: hello.methods.count, countMax: limits.methodCountMax))
            }
            // A server that doesn't know its cluster yet has none, which is nobody's.
            let isOurs = !clusterID.isEmpty && hello.clusterID.elementsEqual(clusterID)
            guard !hello.hasClusterID || isOurs else {
                self = .closed
                return .close(.wrongCluster)
            }
            let agreement = Agreement(hello, methods: methods, limits: limits)
            self = .serving(ServingState(agreement))
            return .welcome(agreement)
        case .serving(let state):
            // Stays what it is: GOAWAY names the last stream that was processed.
            self = .serving(state)
            return .close(.unexpectedFrame(.hello))
        case .awaitingPreface: break
        case .closed: break
        }
        self = .closed
        return .close(.unexpectedFrame(.hello))
    }

    // MARK: - Requests

    package enum OnRequest: Hashable {
        /// Hand it to its handler, and say by ``hold(_:)`` if it isn't answered at once.
        case dispatch(method: Int, MethodTraits)
        /// Answer with an error; nothing was done.
        case refuse(Refusal)
        case close(ProtocolViolation)
    }

    package mutating func receive(
        request frame: Frame, metadata: Metadata, bodyByteCount: Int, limits: WireLimits
    ) -> OnRequest {
        let outcome = update { $0.admit(frame, metadata, bodyByteCount, limits) }
        if let outcome { return outcome }
        self = .closed
        return .close(.unexpectedFrame(.request))
    }

    /// What was admitted takes a slot until ``finish(_:)``.
    package mutating func hold(_ stream: UInt32, _ traits: MethodTraits, byteCount: Int) {
        update { $0.hold(stream, traits, byteCount: byteCount) }
    }

    /// A final frame was written; the slot is free. False if there is no such open stream.
    @discardableResult
    package mutating func finish(_ stream: UInt32) -> Bool {
        update { $0.finish(stream) } ?? false
    }

    // MARK: - Frames about open streams and the connection

    package enum OnControl: Hashable {
        case ignore
        /// The stream's handler is to stop and send its final frame.
        case cancel(stream: UInt32)
        /// The stream may send again.
        case resume(stream: UInt32)
        /// Answer with PONG and the same body.
        case pong
        case close(ProtocolViolation)
    }

    package mutating func receive(
        control frame: Frame, now: MonotonicTime, limits: WireLimits
    ) -> OnControl {
        let outcome = update { $0.control(frame, now, limits) }
        if let outcome { return outcome }
        self = .closed
        return .close(.unexpectedFrame(frame.type))
    }

    /// Counts a frame that was skipped for its type.
    package mutating func receiveSkipped(
        type: UInt8, now: MonotonicTime, limits: WireLimits
    ) -> OnControl {
        let outcome = update { state -> OnControl in
            do throws(ProtocolViolation) {
                try state.nuisances.spend(now: now, limits: limits)
                return .ignore
            } catch {
                return .close(error)
            }
        }
        // Nothing is skipped before HELLO: what can't be understood there can't be agreed on.
        return outcome ?? .close(.unknownFrameType(type))
    }

    // MARK: - The end

    package enum OnDrain: Hashable {
        /// Send a soft GOAWAY naming the last stream id seen.
        case sendGoAway(lastStream: UInt32)
        /// There is nothing to finish.
        case close
    }

    package mutating func drain() -> OnDrain {
        let lastStream = update { state in
            state.isDraining = true
            return state.lastStream
        }
        if let lastStream { return .sendGoAway(lastStream: lastStream) }
        self = .closed
        return .close
    }

    package mutating func close() {
        self = .closed
    }

    /// Applies `body` to the state of a connection that serves; `nil` if it doesn't.
    package mutating func update<Result>(_ body: (inout ServingState) -> Result) -> Result? {
        switch consume self {
        case .serving(var state):
            let result = body(&state)
            self = .serving(state)
            return result
        case .awaitingPreface(let since):
            self = .awaitingPreface(since: since)
        case .awaitingHello(let since, let role):
            self = .awaitingHello(since: since, role)
        case .closed:
            self = .closed
        }
        return nil
    }
}
