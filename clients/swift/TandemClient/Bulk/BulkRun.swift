import EventModel
import NIOCore
import OrdersMessages
import Transport

/// One run of a bulk sender. Lives on one event loop, which guards its state; `job` is asked from
/// there, and no task, future or lock is spent on a command.
final class BulkRun: @unchecked Sendable {
    private let job: any BulkJob
    private let loop: any EventLoop
    private let configuration: BulkConfiguration
    private let onEnd: (TandemError?) -> Void

    private var lanes: [BulkLane] = []
    private var queryLane: BulkLane?
    private var resends: [BulkItem] = []
    private var followUps: [BulkItem] = []
    private var isSourceDry = false
    private var hasEnded = false
    private var hasConnected = false
    private var isPumping = false
    private var pausedUntil = NIODeadline.distantPast
    private var isPumpScheduled = false
    private var lastAnswer = NIODeadline.now()
    private var connectFailure: CallFailure?
    private var watchdog: RepeatedTask?

    /// So many commands go out before what was written is flushed and answers are read.
    private static let burstCountMax = 256
    /// So many documents may wait to be read back before new commands have to.
    private static let followUpCountMax = 4_000

    init(
        _ job: any BulkJob, loop: any EventLoop, configuration: BulkConfiguration,
        onEnd: @escaping (TandemError?) -> Void
    ) {
        self.job = job
        self.loop = loop
        self.configuration = configuration
        self.onEnd = onEnd
    }

    func start(dialer: any LinkDialer, backoff: Backoff) {
        func lane(_ port: TandemPort) -> BulkLane {
            BulkLane(
                port, loop: loop, dialer: dialer, backoff: backoff,
                windowMax: max(1, configuration.inFlightPerConnection), owner: self)
        }
        lanes = (0..<max(1, configuration.connectionCount)).map { _ in lane(.command) }
        queryLane = lane(.query)
        for lane in lanes { lane.openIfNeeded() }
        watchdog = loop.scheduleRepeatedTask(
            initialDelay: .milliseconds(250), delay: .milliseconds(250)
        ) { [weak self] _ in self?.checkPatience() }
    }

    // MARK: Sending

    private func pump() {
        guard !hasEnded, !isPumping else { return }
        isPumping = true
        sendFollowUps()
        let hasMore = sendCommands()
        isPumping = false
        if hasMore { schedulePump(at: .now()) }
        endIfDone()
    }

    /// Returns whether room and commands are left.
    private func sendCommands() -> Bool {
        guard NIODeadline.now() >= pausedUntil else {
            schedulePump(at: pausedUntil)
            return false
        }
        var burst = 0
        for lane in lanes {
            while lane.hasRoom {
                guard burst < Self.burstCountMax else { return true }
                guard let item = nextCommand() else { return false }
                lane.send(item)
                burst += 1
                // Sending can fail at once.
                guard NIODeadline.now() >= pausedUntil else { return true }
            }
            if !lane.isOpen { lane.openIfNeeded() }
        }
        return false
    }

    private func nextCommand() -> BulkItem? {
        if let item = resends.popLast() { return item }
        guard !isSourceDry, followUps.count < Self.followUpCountMax else { return nil }
        guard let command = job.next() else {
            isSourceDry = true
            return nil
        }
        return item(command, firstSent: .now())
    }

    private func item(_ command: BulkCommand, firstSent: NIODeadline) -> BulkItem {
        let call = OutboundCall(
            method: command.method.rawValue, body: command.body,
            timeout: configuration.patience, key: command.key)
        return BulkItem(purpose: .command(command), call: call, firstSent: firstSent)
    }

    private func sendFollowUps() {
        guard let queryLane, !followUps.isEmpty else { return }
        while queryLane.hasRoom, let item = followUps.popLast() { queryLane.send(item) }
        if !queryLane.isOpen { queryLane.openIfNeeded() }
    }

    private func schedulePump(at time: NIODeadline) {
        guard !isPumpScheduled, !hasEnded else { return }
        isPumpScheduled = true
        loop.scheduleTask(deadline: time) { [weak self] in
            self?.isPumpScheduled = false
            self?.pump()
        }
    }

    // MARK: Answers

    private func commandFinished(
        _ command: BulkCommand, _ item: BulkItem, _ result: CallResult, isLinkOpen: Bool
    ) {
        let answer: Result<BulkAnswer, TandemError>
        let token: ConsistencyToken?
        switch result {
        case .success(let reply):
            token = reply.token
            answer = .success(
                BulkAnswer(
                    token: token, isReplay: reply.isReplay, elapsed: item.elapsed))
        case .failure(let failure):
            guard !sendAgain(item, failure, isLinkOpen: isLinkOpen) else { return }
            let error = TandemError(failure, retry: .never, key: command.key)
            if let replacement = job.replacement(for: command, after: error) {
                lastAnswer = .now()
                resends.append(self.item(replacement, firstSent: item.firstSent))
                return
            }
            token = failure.token
            answer = .failure(error)
        }
        lastAnswer = .now()
        guard let followUp = job.received(answer, for: command) else { return }
        do throws(TandemError) {
            let call = try followUp.call(atLeast: token)
            followUps.append(
                BulkItem(
                    purpose: .followUp(followUp, command), call: call, firstSent: item.firstSent))
        } catch {
            job.received(
                .failure(error), followUp: followUp, for: command, elapsed: item.elapsed)
        }
    }

    private func followUpFinished(
        _ followUp: BulkFollowUp, of command: BulkCommand, _ item: BulkItem,
        _ result: CallResult, isLinkOpen: Bool
    ) {
        let document: Result<BulkDocument, TandemError>
        switch result {
        case .success(let reply): document = followUp.document(reply.body)
        case .failure(let failure):
            guard !sendAgain(item, failure, isLinkOpen: isLinkOpen) else { return }
            document = .failure(TandemError(failure, retry: .never))
        }
        lastAnswer = .now()
        job.received(document, followUp: followUp, for: command, elapsed: item.elapsed)
    }

    private func sendAgain(_ item: BulkItem, _ failure: CallFailure, isLinkOpen: Bool) -> Bool {
        switch BulkVerdict.of(AttemptFailure(failure), isLinkOpen: isLinkOpen) {
        case .deliver: return false
        case .resend(let pause):
            switch item.purpose {
            case .command:
                resends.append(item)
                if pause > .zero { pausedUntil = max(pausedUntil, .now() + TimeAmount(pause)) }
            case .followUp:
                followUps.append(item)
            }
            return true
        }
    }

    // MARK: Ending

    private func endIfDone() {
        let inFlightCount = lanes.reduce(queryLane?.inFlightCount ?? 0) { $0 + $1.inFlightCount }
        guard isSourceDry, inFlightCount == 0, resends.isEmpty, followUps.isEmpty else { return }
        end(nil)
    }

    private func end(_ error: TandemError?) {
        guard !hasEnded else { return }
        hasEnded = true
        watchdog?.cancel()
        for lane in lanes { lane.close() }
        queryLane?.close()
        onEnd(error)
    }

    private func checkPatience() {
        let now = NIODeadline.now()
        let limit = hasConnected ? configuration.patience : configuration.connectPatience
        guard now - lastAnswer <= TimeAmount(limit) else {
            return end(.noAnswers(for: limit, connectFailure))
        }
        // One connection may be dead while the others live.
        for lane in lanes + [queryLane].compactMap(\.self)
        where lane.inFlightCount > 0 && now - lane.lastAnswer > TimeAmount(limit / 2) {
            lane.drop()
        }
        // A connection can end with nothing in flight, which no call tells us.
        pump()
    }
}

extension BulkRun: BulkLaneOwner {
    func laneHasOpened(_ lane: BulkLane) {
        if !hasConnected { lastAnswer = .now() }
        hasConnected = true
        connectFailure = nil
        pump()
    }

    func laneCouldNotOpen(_ lane: BulkLane, _ failure: CallFailure) {
        connectFailure = failure
        if AttemptFailure(failure).isTransient {
            lane.openIfNeeded()
        } else {
            end(TandemError(failure, retry: .never))
        }
    }

    func lane(_ lane: BulkLane, finished item: BulkItem, _ result: CallResult) {
        guard !hasEnded else { return }
        let isLinkOpen = lane.isOpen
        switch item.purpose {
        case .command(let command):
            commandFinished(command, item, result, isLinkOpen: isLinkOpen)
        case .followUp(let followUp, let command):
            followUpFinished(followUp, of: command, item, result, isLinkOpen: isLinkOpen)
        }
        pump()
    }
}

extension BulkItem {
    fileprivate var elapsed: Duration {
        .nanoseconds((NIODeadline.now() - firstSent).nanoseconds)
    }
}

extension TandemError {
    fileprivate static func noAnswers(
        for patience: Duration, _ failure: CallFailure?
    ) -> TandemError {
        let cause = failure.map { " Connecting failed: \($0.message)" } ?? ""
        return TandemError(
            code: .unavailable, reason: failure?.reason ?? "NO_ANSWERS",
            message: "The server has not answered for \(patience.roundedText).\(cause)",
            retry: .onlyWithSameKey)
    }
}
