import NIOCore
import OrdersMessages
import TandemClient
import TandemCore
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
    /// Failed items whose time to be sent again has not come.
    private var waitingCount = 0
    private var isSourceDry = false
    private var hasEnded = false
    private var hasConnected = false
    private var isPumping = false
    private var pausedUntil = NIODeadline.distantPast
    private var isPumpScheduled = false
    private var lastAnswer = NIODeadline.now()
    private var connectFailure: CallFailure?
    /// What the last answer that did not settle a command said.
    private var refusal: CallFailure?
    private var backoff = Backoff()
    private var watchdog: RepeatedTask?

    /// So many commands go out before what was written is flushed and answers are read.
    private static let burstCountMax = 256
    /// So many documents to read back and commands to repeat may wait before new commands have to.
    private static let backlogMax = 4_000
    /// A server that asks for a wait gets no other commands either, but not for longer than this.
    private static let pauseMax = Duration.seconds(5)

    /// Reading a document back takes no longer than this.
    private static let followUpTimeout = Duration.seconds(10)

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
        self.backoff = backoff
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
        while let item = resends.popLast() {
            // Connecting again can take longer than the server keeps answers.
            if timeToRepeat(item) > .zero { return item }
            finish(item, .failure(.keyTooOld), retry: item.adviceBetweenAttempts)
        }
        guard !isSourceDry, followUps.count + waitingCount < Self.backlogMax else { return nil }
        guard let command = job.next() else {
            isSourceDry = true
            return nil
        }
        return BulkItem(command, timeout: configuration.patience, backoff: backoff)
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

    private func finish(_ item: BulkItem, _ result: CallResult, retry: RetryAdvice) {
        switch item.purpose {
        case .command(let command): finish(command, item, result, retry: retry)
        case .followUp(let followUp, let command):
            lastAnswer = .now()
            let document: Result<BulkDocument, TandemError> =
                switch result {
                case .success(let reply): followUp.document(reply.body)
                case .failure(let failure): .failure(TandemError(failure, retry: retry))
                }
            job.received(document, followUp: followUp, for: command, elapsed: item.elapsed)
        }
    }

    private func finish(
        _ command: BulkCommand, _ item: BulkItem, _ result: CallResult, retry: RetryAdvice
    ) {
        lastAnswer = .now()
        refusal = nil
        let answer: Result<BulkAnswer, TandemError>
        let token: ConsistencyToken?
        switch result {
        case .success(let reply):
            token = reply.token
            answer = .success(
                BulkAnswer(token: token, isReplay: reply.isReplay, elapsed: item.elapsed))
        case .failure(let failure):
            let error = TandemError(failure, retry: retry, key: command.key)
            if let replacement = job.replacement(for: command, after: error) {
                resends.append(
                    BulkItem(
                        replacement, timeout: configuration.patience, backoff: backoff,
                        firstSent: item.firstSent))
                return
            }
            token = failure.token
            answer = .failure(error)
        }
        guard let followUp = job.received(answer, for: command) else { return }
        do throws(TandemError) {
            followUps.append(
                try BulkItem(
                    followUp, of: command, item,
                    timeout: min(configuration.patience, Self.followUpTimeout), atLeast: token,
                    backoff: backoff))
        } catch {
            job.received(
                .failure(error), followUp: followUp, for: command, elapsed: item.elapsed)
        }
    }

    /// Sees to it that a failed item is sent again in its time.
    ///
    /// - Returns: What to tell of the failure if it is not; `nil` if it is.
    private func repeatLater(
        _ item: BulkItem, after failure: CallFailure, over link: (any CallLink)?
    ) -> RetryAdvice? {
        var item = item
        switch item.retry(
            after: failure, over: link, remaining: min(configuration.patience, timeToRepeat(item)),
            chance: .random(in: 0...1))
        {
        case .giveUp(let advice): return advice
        case .retry(let wait):
            if failure.retryAfter.wait != nil {
                pausedUntil = max(pausedUntil, .now() + TimeAmount(min(wait, Self.pauseMax)))
            }
            waitingCount += 1
            loop.scheduleTask(in: TimeAmount(wait)) { [weak self, item] in self?.waited(item) }
            return nil
        }
    }

    private func waited(_ item: BulkItem) {
        waitingCount -= 1
        switch item.purpose {
        case .command: resends.append(item)
        case .followUp: followUps.append(item)
        }
        // Many may be due at once: they go out together.
        schedulePump(at: .now())
    }

    /// How long the item may still be sent again: its answer is kept for so long under its key.
    private func timeToRepeat(_ item: BulkItem) -> Duration {
        guard case .command = item.purpose,
            let kept = lanes.compactMap(\.keyRetention).min()
        else { return configuration.patience }
        return kept - item.keyAge
    }

    // MARK: Ending

    private func endIfDone() {
        let inFlightCount = lanes.reduce(queryLane?.inFlightCount ?? 0) { $0 + $1.inFlightCount }
        guard isSourceDry, inFlightCount == 0, waitingCount == 0, resends.isEmpty,
            followUps.isEmpty
        else { return }
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
            return end(.noAnswers(for: limit, connecting: connectFailure, refusal: refusal))
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
        if case .failure(let failure) = result {
            if failure.isServersWord { refusal = failure }
            if let advice = repeatLater(item, after: failure, over: lane.link) {
                finish(item, result, retry: advice)
            }
        } else {
            finish(item, result, retry: .never)
        }
        pump()
    }
}

extension TandemError {
    fileprivate static func noAnswers(
        for patience: Duration, connecting failure: CallFailure?, refusal: CallFailure?
    ) -> TandemError {
        if failure == nil, let refusal {
            return TandemError(
                code: refusal.code, reason: refusal.reason,
                message: "The server has carried out nothing for \(patience.roundedText). Its "
                    + "last answer: \(refusal.message)",
                metadata: refusal.metadata, retry: .onlyWithSameKey)
        }
        let cause = failure.map { " Connecting failed: \($0.message)" } ?? ""
        return TandemError(
            code: .unavailable, reason: failure?.reason ?? "NO_ANSWERS",
            message: "The server has not answered for \(patience.roundedText).\(cause)",
            retry: .onlyWithSameKey)
    }
}

extension CallFailure {
    /// The server answered, rather than that the connection ended or the time was up.
    fileprivate var isServersWord: Bool {
        code != .deadlineExceeded && !reason.hasPrefix("CONNECTION_")
    }

    fileprivate static let keyTooOld = CallFailure(
        .unavailable, reason: "KEY_TOO_OLD",
        message: "The command's outcome is unknown, and the server may have forgotten its answer: "
            + "sent again, it could happen twice. Look whether it has happened.",
        isNotProcessed: false)
}
