package import NIOCore
package import TandemClient
import TandemCore
import Transport

/// What a lane tells its shard, on the event loop.
protocol LoadLaneOwner: AnyObject {
    func lane(_ lane: LoadLane, finished call: LoadLane.Call, _ result: CallResult)
    func laneHasOpened(_ lane: LoadLane)
    func laneCouldNotOpen(_ failure: CallFailure)
}

/// One client of a benchmark: a connection to each port that it needs, opened again when lost, and
/// never more calls in flight than its window. Lives on one event loop, which guards its state.
package final class LoadLane: @unchecked Sendable {
    /// A request on its way.
    struct Call {
        let kind: Int
        /// What its latency counts from.
        let due: NIODeadline
        /// It was not sent to warm the server up.
        let isMeasured: Bool
        /// Of its answer, so far.
        var byteCount = 0
    }

    weak var owner: (any LoadLaneOwner)?
    private let loop: any EventLoop
    private let dialer: any LinkDialer
    private var links: LoadLinks
    private var reconnect: ReconnectBackoff
    private let inFlightMax: Int
    private let timeout: Duration
    private(set) var inFlightCount = 0
    private var window = 0
    private var isDialing = false
    private var isClosed = false
    private var idleSlots: [Slot] = []

    /// - Parameters:
    ///   - links: open and on `loop`, one to each port that requests go to.
    ///   - inFlightMax: how many calls may be open at once, if the server allows as many.
    ///   - timeout: of each call.
    package init(
        _ links: LoadLinks, on loop: any EventLoop, dialer: any LinkDialer, backoff: Backoff,
        inFlightMax: Int, timeout: Duration
    ) {
        self.links = links
        self.loop = loop
        self.dialer = dialer
        self.inFlightMax = inFlightMax
        self.timeout = timeout
        reconnect = ReconnectBackoff(backoff: backoff)
        window = links.window(inFlightMax)
    }

    var hasRoom: Bool { inFlightCount < window && links.areOpen }

    /// Sends a request; only when there is room.
    func send(_ request: LoadRequest, due: NIODeadline, isMeasured: Bool) {
        guard let link = links[request.port] else {
            preconditionFailure("A lane has a connection to each port that requests go to.")
        }
        let slot = idleSlots.popLast() ?? Slot(self)
        slot.call = Call(kind: request.kind, due: due, isMeasured: isMeasured)
        inFlightCount += 1
        link.send(
            OutboundCall(
                method: request.method, kind: request.answer, body: request.body,
                timeout: timeout, key: request.isKeyed ? .fresh() : nil), sink: slot)
    }

    /// Opens what is not open, unless that is being done.
    func openIfNeeded() {
        guard !isClosed, !isDialing, !links.areOpen else { return }
        isDialing = true
        var ports: [TandemPort] = []
        for port in TandemPort.allCases {
            guard let link = links[port], !link.isOpen else { continue }
            reconnect.ended(link.end, now: .now, chance: .random(in: 0...1))
            ports.append(port)
        }
        dial(ports)
    }

    private func dial(_ ports: [TandemPort]) {
        let wait = reconnect.remaining(now: .now)
        Task { [self] in
            // Nobody cancels this task.
            try? await Task.sleep(for: wait)
            do throws(CallFailure) {
                let fresh = try await LoadLinks.dial(ports, with: dialer, on: loop)
                loop.execute { self.hasOpened(fresh) }
            } catch {
                loop.execute { self.couldNotOpen(ports, error) }
            }
        }
    }

    private func hasOpened(_ fresh: LoadLinks) {
        isDialing = false
        guard !isClosed else {
            Task { await fresh.close() }
            return
        }
        for port in TandemPort.allCases { links[port] = fresh[port] ?? links[port] }
        window = links.window(inFlightMax)
        owner?.laneHasOpened(self)
    }

    private func couldNotOpen(_ ports: [TandemPort], _ failure: CallFailure) {
        reconnect.failed(failure, now: .now, chance: .random(in: 0...1))
        owner?.laneCouldNotOpen(failure)
        guard !isClosed else { return }
        dial(ports)
    }

    /// For good; calls on their way fail.
    func close() {
        isClosed = true
        Task { [links] in await links.close() }
    }

    fileprivate func finished(_ slot: Slot, _ result: CallResult) {
        // A second final event would be the connection's bug; the first one counts.
        guard let call = slot.call else { return }
        slot.call = nil
        idleSlots.append(slot)
        inFlightCount -= 1
        owner?.lane(self, finished: call, result)
    }

    /// One call in flight; used again and again, so that a call costs no allocation of its own.
    fileprivate final class Slot: CallSink, @unchecked Sendable {
        private weak var lane: LoadLane?
        var call: Call?

        init(_ lane: LoadLane) {
            self.lane = lane
        }

        func receive(_ event: CallEvent) {
            switch event {
            case .item(let item): call?.byteCount += item.readableBytes
            case .finished(let result):
                if case .success(let reply) = result {
                    call?.byteCount += reply.body.readableBytes
                }
                lane?.finished(self, result)
            }
        }
    }
}
