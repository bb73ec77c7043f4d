package import Wire

/// The open streams of a connection past its handshake.
package struct ServingState: Sendable {
    package let agreement: Agreement
    package private(set) var lastStream: UInt32 = 0
    package private(set) var openStreams: [UInt32: OpenStream] = [:]
    package private(set) var openByteCount = 0
    package var nuisances = ControlFrameLimit()
    /// CANCELs that may still come before those in vain count as nuisances: one for each request.
    private var cancelAllowance = 0
    /// As much for CREDITs that crossed the end of their stream.
    private var creditAllowance = 0
    /// A soft GOAWAY was sent: open calls finish, new ones are still served.
    package var isDraining = false
    /// See `ServingState+Plain.swift`.
    var plainMethods = PlainMethods()

    /// A request that awaits its final frame.
    package struct OpenStream: Hashable, Sendable {
        package let kind: MethodTraits.Kind
        package let isSubscription: Bool
        package let byteCount: Int
        /// Bytes of items that may still be sent; overdrawn by one item at the most.
        package fileprivate(set) var credit: Int64
        package fileprivate(set) var isCancelled = false

        /// Nothing more can be sent on it but its end, until CREDIT comes.
        package var isOutOfCredit: Bool { kind == .stream && credit <= 0 }
    }

    package init(_ agreement: Agreement) {
        self.agreement = agreement
    }

    mutating func admit(
        _ frame: Frame, _ metadata: Metadata, _ bodyByteCount: Int, _ limits: WireLimits
    ) -> ServerConnectionState.OnRequest {
        guard frame.stream > lastStream else {
            return .close(.badStreamID(stream: frame.stream, last: lastStream))
        }
        guard openStreams.count < limits.inFlightCountMax else {
            return .close(.tooManyInFlight(countMax: limits.inFlightCountMax))
        }
        // Behind the checks: GOAWAY names the last stream that was not refused.
        opened(upTo: frame.stream, count: 1, limits)
        guard Int(frame.a) < agreement.methods.count else {
            return .refuse(
                .unknownMethodIndex(frame.a, methodCount: agreement.methods.count))
        }
        switch agreement.methods[Int(frame.a)] {
        case .unknown(let name):
            return .refuse(.unknownMethod(index: frame.a, name: name))
        case .servedElsewhere(let name, let role):
            return .refuse(.wrongPort(name: name, role: role))
        case .served(let number, let traits):
            guard bodyByteCount <= traits.bodyByteCountMax else {
                return .refuse(
                    .bodyTooLong(
                        byteCount: bodyByteCount, byteCountMax: traits.bodyByteCountMax))
            }
            if let tag = metadata.malformed { return .refuse(.malformedMetadata(tag)) }
            guard traits.idempotency == .readOnly || metadata.idempotencyKey != nil else {
                return .refuse(.missingKey)
            }
            return .dispatch(method: number, traits)
        }
    }

    /// Requests have come, the last of them with this stream's id.
    package mutating func opened(upTo stream: UInt32, count: Int, _ limits: WireLimits) {
        lastStream = stream
        cancelAllowance = min(cancelAllowance + count, limits.inFlightCountMax)
        creditAllowance = min(creditAllowance + count, limits.inFlightCountMax)
    }

    mutating func hold(_ stream: UInt32, _ traits: MethodTraits, byteCount: Int) {
        openStreams[stream] = OpenStream(
            kind: traits.kind, isSubscription: traits.isSubscription,
            byteCount: byteCount, credit: Int64(agreement.initialWindow))
        openByteCount += byteCount
    }

    mutating func finish(_ stream: UInt32) -> Bool {
        guard let open = openStreams.removeValue(forKey: stream) else { return false }
        openByteCount -= open.byteCount
        // A dictionary keeps the room that it once needed: a thousand calls' would stay for life.
        if openStreams.isEmpty, openStreams.capacity > Self.keptCallCount { openStreams = [:] }
        return true
    }

    /// Whether one more item may go out on the stream now.
    ///
    /// With any credit left an item may overdraw it, so that one larger than the window can't
    /// wait for ever.
    package func maySendItem(on stream: UInt32) -> Bool {
        guard let open = openStreams[stream] else { return false }
        return open.credit > 0 && !open.isCancelled
    }

    /// Takes an item's bytes off the stream's credit.
    package mutating func spendCredit(_ byteCount: Int, on stream: UInt32) {
        openStreams[stream]?.credit -= Int64(byteCount)
    }

    mutating func control(
        _ frame: Frame, _ now: MonotonicTime, _ limits: WireLimits
    ) -> ServerConnectionState.OnControl {
        do throws(ProtocolViolation) {
            switch frame.type {
            case .cancel:
                return try cancel(frame, now, limits)
            case .credit:
                return try credit(frame, now, limits)
            case .ping:
                try frame.checkPing()
                try nuisances.spend(now: now, limits: limits)
                return .pong
            case .pong:
                try frame.checkPing()
                try nuisances.spend(now: now, limits: limits)
                return .ignore
            case .goAway:
                // The client says that it is leaving: it opens nothing more. Nothing to do.
                try nuisances.spend(now: now, limits: limits)
                return .ignore
            case .hello, .welcome, .request, .response, .item, .end, .error:
                throw .unexpectedFrame(frame.type)
            }
        } catch {
            return .close(error)
        }
    }

    private mutating func cancel(
        _ frame: Frame, _ now: MonotonicTime, _ limits: WireLimits
    ) throws(ProtocolViolation) -> ServerConnectionState.OnControl {
        guard frame.stream != 0, frame.stream <= lastStream else {
            throw .unopenedStream(frame.stream)
        }
        guard let open = openStreams[frame.stream], !open.isCancelled else {
            // Raced its final frame, or came twice. One for each request is a client's right: a
            // thousand calls may well reach their deadlines while their answers are on the way.
            if cancelAllowance > 0 {
                cancelAllowance -= 1
            } else {
                try nuisances.spend(now: now, limits: limits)
            }
            return .ignore
        }
        openStreams[frame.stream]?.isCancelled = true
        cancelAllowance = max(0, cancelAllowance - 1)
        return .cancel(stream: frame.stream)
    }

    private mutating func credit(
        _ frame: Frame, _ now: MonotonicTime, _ limits: WireLimits
    ) throws(ProtocolViolation) -> ServerConnectionState.OnControl {
        guard frame.stream != 0, frame.stream <= lastStream else {
            throw .unopenedStream(frame.stream)
        }
        guard frame.b > 0 else { throw .zeroCredit(stream: frame.stream) }
        guard let open = openStreams[frame.stream] else {
            try creditInVain(frame.b, now, limits)
            return .ignore
        }
        guard open.kind == .stream else { throw .creditOnUnary(stream: frame.stream) }
        let credit = open.credit + Int64(frame.b)
        guard credit <= Int64(Int32.max) else { throw .creditOverflow(stream: frame.stream) }
        // One that lets a stream go on is what a client with a small window lives by, and an item
        // has paid for it.
        let letsGoOn = open.credit <= 0 && credit > 0
        if frame.b < Self.smallCredit, !letsGoOn { try nuisances.spend(now: now, limits: limits) }
        openStreams[frame.stream]?.credit = credit
        return .resume(stream: frame.stream)
    }

    /// For a stream that has ended: its last item may well have been paid back before its END was
    /// read.
    private mutating func creditInVain(
        _ byteCount: UInt32, _ now: MonotonicTime, _ limits: WireLimits
    ) throws(ProtocolViolation) {
        guard byteCount < Self.smallCredit else { return }
        guard creditAllowance <= 0 else {
            creditAllowance -= 1
            return
        }
        try nuisances.spend(now: now, limits: limits)
    }

    /// Calls for which room is kept while none is open.
    private static let keptCallCount = 64

    /// Credits below this count as nuisances: each costs a frame's work for next to nothing.
    static let smallCredit: UInt32 = 1_024
}
