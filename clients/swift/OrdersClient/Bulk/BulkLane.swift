import NIOCore
import TandemClient
import Transport

/// What a lane tells its sender, on the event loop.
protocol BulkLaneOwner: AnyObject {
    func laneHasOpened(_ lane: BulkLane)
    func laneCouldNotOpen(_ lane: BulkLane, _ failure: CallFailure)
    func lane(_ lane: BulkLane, finished item: BulkItem, _ result: CallResult)
}

/// One connection of a bulk sender: kept open, opened again with growing waits, never with more
/// calls in flight than its window. Lives on one event loop, which guards its state.
final class BulkLane: @unchecked Sendable {
    let port: TandemPort
    private let loop: any EventLoop
    private let dialer: any LinkDialer
    private var reconnect: ReconnectBackoff
    private let windowMax: Int
    private(set) weak var owner: (any BulkLaneOwner)?

    private(set) var link: (any CallLink)?
    private(set) var inFlightCount = 0
    private(set) var lastAnswer = NIODeadline.now()
    /// How long the server keeps answers under their keys, as far as it was heard of.
    private(set) var keyRetention: Duration?
    private var window = 0
    private var isDialing = false
    private var isClosed = false
    private var idleSlots: [Slot] = []

    init(
        _ port: TandemPort, loop: any EventLoop, dialer: any LinkDialer, backoff: Backoff,
        windowMax: Int, owner: any BulkLaneOwner
    ) {
        self.port = port
        self.loop = loop
        self.dialer = dialer
        reconnect = ReconnectBackoff(backoff: backoff)
        self.windowMax = windowMax
        self.owner = owner
    }

    var isOpen: Bool { link?.isOpen ?? false }
    var hasRoom: Bool { inFlightCount < window && isOpen }

    /// Sends a call; only when there is room.
    func send(_ item: BulkItem) {
        guard let link else { preconditionFailure("A lane sends only when it is open.") }
        let slot = idleSlots.popLast() ?? Slot(self)
        slot.item = item
        if inFlightCount == 0 { lastAnswer = .now() }
        inFlightCount += 1
        link.send(item.call, sink: slot)
    }

    /// Opens the connection if it is not open or being opened.
    func openIfNeeded() {
        guard !isClosed, !isDialing, !isOpen else { return }
        isDialing = true
        forgetLink()
        let wait = reconnect.remaining(now: .now)
        Task { [self] in
            // Nobody cancels this task.
            try? await Task.sleep(for: wait)
            do throws(CallFailure) {
                let link = try await dialer.dial(port, on: loop)
                loop.execute { self.hasOpened(link) }
            } catch {
                loop.execute { self.couldNotOpen(error) }
            }
        }
    }

    /// Drops a connection that has gone quiet; its calls fail and are sent again elsewhere.
    func drop() {
        guard let link else { return }
        forgetLink()
        Task { await link.close() }
    }

    private func forgetLink() {
        window = 0
        guard let link else { return }
        self.link = nil
        reconnect.ended(link.end, now: .now, chance: .random(in: 0...1))
    }

    func close() {
        isClosed = true
        drop()
    }

    private func hasOpened(_ link: any CallLink) {
        isDialing = false
        guard !isClosed else {
            Task { await link.close() }
            return
        }
        self.link = link
        keyRetention = link.keyRetention ?? keyRetention
        // Calls of the connection before may not all have been given up yet; they don't count
        // against this one, and taking them as if they did only makes it start slower.
        window = max(1, min(windowMax, link.inFlightCountMax))
        lastAnswer = .now()
        owner?.laneHasOpened(self)
    }

    private func couldNotOpen(_ failure: CallFailure) {
        isDialing = false
        reconnect.failed(failure, now: .now, chance: .random(in: 0...1))
        guard !isClosed else { return }
        owner?.laneCouldNotOpen(self, failure)
    }

    fileprivate func finished(_ slot: Slot, _ result: CallResult) {
        // A second final event would be the connection's bug; the first one counts.
        guard let item = slot.item else { return }
        slot.item = nil
        idleSlots.append(slot)
        inFlightCount -= 1
        if case .success = result { lastAnswer = .now() }
        owner?.lane(self, finished: item, result)
    }

    /// One call in flight; used again and again, so that a call costs no allocation of its own.
    fileprivate final class Slot: CallSink, @unchecked Sendable {
        private weak var lane: BulkLane?
        var item: BulkItem?

        init(_ lane: BulkLane) {
            self.lane = lane
        }

        func receive(_ event: CallEvent) {
            switch event {
            case .item: break
            case .finished(let result): lane?.finished(self, result)
            }
        }
    }
}
