package import Wire

extension ServerConnectionState {
    /// What the transport has seen of the connection, for ``tick(_:now:limits:)``.
    package struct Activity: Hashable, Sendable {
        package var lastReceived: MonotonicTime
        /// When the frame that isn't complete yet began.
        package var partialFrameSince: MonotonicTime?
        /// Since when answers have waited without the peer taking any.
        package var stalledSince: MonotonicTime?
        package var pingSentAt: MonotonicTime?
        /// We don't read for now, so the peer's silence means nothing.
        package var isReadingPaused = false
        /// The peer has ended its direction: it can't answer a PING, and its silence is no sign.
        package var isInputClosed = false

        package init(now: MonotonicTime) {
            lastReceived = now
        }
    }

    package enum OnTick: Hashable {
        case nothing
        case ping
        case close(ProtocolViolation)
    }

    /// Checks every deadline of the connection.
    package func tick(_ activity: Activity, now: MonotonicTime, limits: WireLimits) -> OnTick {
        switch self {
        case .awaitingPreface(let since):
            now.since(since) < limits.handshakeTimeout ? .nothing : .close(.handshakeTimeout)
        case .awaitingHello(let since, _):
            now.since(since) < limits.handshakeTimeout ? .nothing : .close(.handshakeTimeout)
        case .closed:
            .nothing
        case .serving:
            Self.tickServing(activity, now: now, limits: limits)
        }
    }

    /// How long from `now` until ``tick(_:now:limits:)`` can have something to say, if nothing
    /// happens before; `nil`: never.
    package func timeUntilTick(
        _ activity: Activity, now: MonotonicTime, limits: WireLimits
    ) -> Duration? {
        switch self {
        case .awaitingPreface(let since):
            limits.handshakeTimeout - now.since(since)
        case .awaitingHello(let since, _):
            limits.handshakeTimeout - now.since(since)
        case .closed:
            nil
        case .serving:
            Self.timeUntilServingTick(activity, now: now, limits: limits)
        }
    }

    private static func timeUntilServingTick(
        _ activity: Activity, now: MonotonicTime, limits: WireLimits
    ) -> Duration {
        var least =
            if activity.isReadingPaused || activity.isInputClosed {
                // Silence means nothing for now; there is no hurry to look whether it does again.
                limits.pingAfter
            } else if let sent = activity.pingSentAt, sent > activity.lastReceived {
                limits.deadAfterPing - now.since(sent)
            } else {
                limits.pingAfter - now.since(activity.lastReceived)
            }
        if let since = activity.partialFrameSince {
            least = min(least, limits.frameTimeout - now.since(since))
        }
        if let since = activity.stalledSince {
            least = min(least, limits.writeStallTimeout - now.since(since))
        }
        return least
    }

    private static func tickServing(
        _ activity: Activity, now: MonotonicTime, limits: WireLimits
    ) -> OnTick {
        if let since = activity.partialFrameSince, now.since(since) >= limits.frameTimeout {
            return .close(.frameTimeout)
        }
        if let since = activity.stalledSince, now.since(since) >= limits.writeStallTimeout {
            return .close(.peerDoesNotRead)
        }
        guard !activity.isReadingPaused, !activity.isInputClosed else { return .nothing }
        if let sent = activity.pingSentAt, sent > activity.lastReceived {
            return now.since(sent) < limits.deadAfterPing ? .nothing : .close(.peerSilent)
        }
        return now.since(activity.lastReceived) < limits.pingAfter ? .nothing : .ping
    }
}
