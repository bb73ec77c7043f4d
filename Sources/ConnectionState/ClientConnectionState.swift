package import Wire
import WireMessages

/// One connection as the client sees it: which frames the server may send, and what they mean.
///
/// Pure: no channel, no clock, no continuation. A call's tag is the caller's own number for it.
package enum ClientConnectionState: ~Copyable {
    package typealias Tag = Int

    /// Preface and HELLO were sent.
    case awaitingWelcome
    case open(OpenState)
    case closed

    /// Moved at each step, so it keeps of WELCOME what it needs.
    package struct OpenState: Sendable {
        let methods: [MethodAnswer]
        let inFlightCountMax: Int
        var lastStream: UInt32 = 0
        var calls = StreamTable<Call>()
        /// A soft GOAWAY came: open calls finish, new ones belong on another connection.
        var isGoingAway = false

        init(welcome: Welcome) {
            methods = welcome.methods.map { method in
                guard method.known else { return .unknown }
                return method.kind == .stream ? .stream : .unary
            }
            inFlightCountMax = welcome.inFlightCountMax
        }

        /// How the server answers a method.
        func answer(of method: Int) -> MethodAnswer {
            methods.indices.contains(method) ? methods[method] : .unknown
        }
    }

    struct Call: Sendable {
        /// `nil`: given up by the caller; its frames are dropped until the final one.
        var tag: Tag?
        let isStream: Bool

        init(tag: Tag, isStream: Bool) {
            self.tag = tag
            self.isStream = isStream
        }
    }

    package init() {
        self = .awaitingWelcome
    }

    package enum OnWelcome: Hashable {
        case opened
        case close(ProtocolViolation)
    }

    package mutating func receive(_ welcome: Welcome) -> OnWelcome {
        switch consume self {
        case .awaitingWelcome:
            self = .open(OpenState(welcome: welcome))
            return .opened
        case .open:
            break
        case .closed:
            break
        }
        self = .closed
        return .close(.unexpectedFrame(.welcome))
    }

    package enum OnStart: Hashable {
        /// Send the request under this stream id.
        case send(stream: UInt32)
        /// As many calls are open as the server allows: keep it, and try when one has ended.
        case wait
        /// The connection takes no more calls; nothing was sent.
        case refuse
        /// The server answers the method in another way than the caller can read.
        case refuseKind
    }

    /// - Parameter isStream: what the caller can read; `nil`: whatever the server says.
    package mutating func start(
        _ tag: Tag, method: Int, isStream expected: Bool? = nil
    ) -> OnStart {
        update { state in
            let answer = state.answer(of: method)
            if let expected, answer != .unknown, expected != (answer == .stream) {
                return .refuseKind
            }
            // Stream ids are never used again: a connection that has none left is done.
            if state.lastStream == UInt32.max { state.isGoingAway = true }
            guard !state.isGoingAway else { return .refuse }
            guard state.calls.count < state.inFlightCountMax else { return .wait }
            state.lastStream += 1
            state.calls.add(
                Call(tag: tag, isStream: answer == .stream), for: state.lastStream)
            return .send(stream: state.lastStream)
        } ?? .refuse
    }

    package enum OnAnswer: Hashable {
        case item(Tag)
        case finish(Tag)
        /// The call was given up; nobody waits for this.
        case drop
        case close(ProtocolViolation)
    }

    /// An ITEM, RESPONSE, END or ERROR came.
    package mutating func receive(answer type: FrameType, stream: UInt32) -> OnAnswer {
        let outcome = update { state -> OnAnswer in
            guard let index = state.calls.index(of: stream), let call = state.calls[index] else {
                return .close(.unopenedStream(stream))
            }
            let fits =
                switch type {
                case .item, .end: call.isStream
                case .response: !call.isStream
                case .error: true
                default: false
                }
            guard fits else { return .close(.unexpectedFrame(type)) }
            if type != .item { state.calls.remove(at: index) }
            guard let tag = call.tag else { return .drop }
            return type == .item ? .item(tag) : .finish(tag)
        }
        return outcome ?? .close(.unexpectedFrame(type))
    }

    /// Gives up a call; true if it is to be cancelled on its stream.
    package mutating func abandon(stream: UInt32) -> Bool {
        update { state in
            guard let index = state.calls.index(of: stream), state.calls[index]?.tag != nil else {
                return false
            }
            state.calls[index]?.tag = nil
            return true
        } ?? false
    }

    package enum OnGoAway: Hashable {
        /// Finish what is open, start nothing new.
        case finish
        /// The connection ends; calls after the last processed stream were not processed.
        case end
    }

    package mutating func receiveGoAway(isHard: Bool) -> OnGoAway {
        guard !isHard else { return .end }
        return update { state in
            state.isGoingAway = true
            return .finish
        } ?? .end
    }

    /// Ends the connection; the calls that were open, oldest first, with their streams.
    package mutating func close() -> [(stream: UInt32, tag: Tag)] {
        let calls = update { state in
            state.calls.sorted.compactMap { stream, call in call.tag.map { (stream, $0) } }
        }
        self = .closed
        return calls ?? []
    }

    /// Nothing but WELCOME and GOAWAY may come.
    package var isAwaitingWelcome: Bool {
        switch self {
        case .awaitingWelcome: true
        case .open: false
        case .closed: false
        }
    }

    package var hasOpenCalls: Bool {
        mutating get { update { $0.calls.count > 0 } ?? false }
    }

    /// Whether it takes no more calls for good; one that awaits WELCOME will.
    package var isGoingAway: Bool {
        switch self {
        case .awaitingWelcome: false
        case .open(let state): state.isGoingAway
        case .closed: true
        }
    }

    private mutating func update<Result>(_ body: (inout OpenState) -> Result) -> Result? {
        switch consume self {
        case .open(var state):
            let result = body(&state)
            self = .open(state)
            return result
        case .awaitingWelcome:
            self = .awaitingWelcome
        case .closed:
            self = .closed
        }
        return nil
    }
}

/// How a server answers a method.
enum MethodAnswer {
    case unary, stream
    /// It doesn't know it.
    case unknown
}

extension Welcome {
    /// How many calls may be open at once. What a server leaves out is the specification's default.
    package var inFlightCountMax: Int {
        limits.maxInFlight == 0 ? WireLimits().inFlightCountMax : Int(limits.maxInFlight)
    }

    /// The longest frame that the server accepts.
    package var frameLengthMax: UInt32 {
        limits.maxFrame == 0 ? WireLimits().frameInLengthMax : limits.maxFrame
    }

    /// The most metadata that the server accepts.
    package var metadataByteCountMax: Int {
        limits.maxMetadata == 0
            ? WireLimits().metadataByteCountMax : Int(limits.maxMetadata)
    }
}
