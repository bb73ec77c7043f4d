package import NIOCore
import Transport

/// When a benchmark sends, and what of it is measured.
package struct LoadWindow: Sendable {
    /// What a schedule counts from.
    package let start: NIODeadline
    /// What is sent before then warms the server up, and is not counted. What was due in the
    /// warm-up and is sent later counts: a server that fell behind would look idle otherwise.
    package let measuredFrom: NIODeadline
    /// Nothing is sent that is due then or later.
    package internal(set) var end: NIODeadline

    package init(start: NIODeadline, measuredFrom: NIODeadline, end: NIODeadline) {
        self.start = start
        self.measuredFrom = measuredFrom
        self.end = end
    }

    func isMeasured(_ time: NIODeadline) -> Bool { time >= measuredFrom && time < end }
}

/// The clients of one event loop: what they send next, and what came back. Lives on that loop,
/// which guards its state and keeps its time.
package final class LoadShard: @unchecked Sendable {
    package let loop: any EventLoop
    private let plan: LoadPlan
    private let share: LoadShare
    /// `nil`: each answer has the next request sent.
    private let schedule: LoadSchedule?
    private let lanes: [LoadLane]

    private var window: LoadWindow
    private var isSending = false
    private var hasStopped = false
    private var sentCount = 0
    private var tally: LoadTally
    private var pulse = LoadPulse()
    private var onEnd: ((LoadTally) -> Void)?

    /// The lane that the last request of the schedule went to.
    private var cursor = 0
    /// All lanes were full when a request was due: the next answer sends it.
    private var isFull = false
    private var isWaking = false

    /// So many go out before what was written is flushed and answers are read.
    private static let burstCountMax = 256

    package init(
        _ plan: LoadPlan, share: LoadShare, schedule: LoadSchedule?, lanes: [LoadLane],
        on loop: any EventLoop, window: LoadWindow
    ) {
        self.plan = plan
        self.share = share
        self.schedule = schedule
        self.lanes = lanes
        self.loop = loop
        self.window = window
        tally = LoadTally(kindCount: plan.kinds.count)
        for lane in lanes { lane.owner = self }
    }

    // MARK: - Beginning and ending, on the loop

    package func begin() {
        loop.scheduleTask(deadline: window.end) { self.stop() }
        for lane in lanes { sendNext(over: lane) }
    }

    /// Sends nothing more, before the window's end if it has not come.
    package func stop() {
        guard !hasStopped else { return }
        // Timers may come a moment late: what was due before goes out all the same.
        if let schedule, !isFull { sendDue(schedule, over: nil) }
        hasStopped = true
        let now = loop.now
        window.end = min(window.end, now)
        if let schedule {
            let due = window.start + .nanoseconds(schedule.due(share.turn(sentCount)))
            tally.ended(
                behind: due < window.end ? .nanoseconds((window.end - due).nanoseconds) : .zero,
                unsentCount: share.dueCount(
                    from: sentCount, by: schedule, before: (window.end - window.start).nanoseconds))
        }
        endIfAnswered()
    }

    /// Tells what was counted when all that was sent is answered, or nobody waits any longer.
    package func whenAnswered(within patience: TimeAmount, _ body: @escaping (LoadTally) -> Void) {
        onEnd = body
        loop.scheduleTask(in: patience) { self.end() }
        endIfAnswered()
    }

    /// What happened since it was last asked.
    package func takePulse() -> LoadPulse {
        defer { pulse.restart() }
        pulse.inFlightCount = inFlightCount
        return pulse
    }

    package func close() {
        for lane in lanes { lane.close() }
    }

    private var inFlightCount: Int { lanes.reduce(0) { $0 + $1.inFlightCount } }

    private func endIfAnswered() {
        if hasStopped, inFlightCount == 0 { end() }
    }

    private func end() {
        guard let onEnd else { return }
        self.onEnd = nil
        tally.gaveUp(inFlightCount)
        onEnd(tally)
    }

    // MARK: - Sending

    private func sendNext(over lane: LoadLane) {
        lane.openIfNeeded()
        guard let schedule else { return refill(lane) }
        // Who is not full has a timer that sends what is due next.
        if isFull || !isWaking { sendDue(schedule, over: lane) }
    }

    /// Without a schedule: as much as the lane may have in flight.
    private func refill(_ lane: LoadLane) {
        // A call that fails at once comes back here from within: the loop below goes on.
        guard !isSending else { return }
        isSending = true
        defer { isSending = false }
        var burst = 0
        while lane.hasRoom {
            let now = loop.now
            guard !hasStopped, now < window.end else { return }
            guard burst < Self.burstCountMax else {
                return loop.execute { self.refill(lane) }
            }
            send(over: lane, due: now, now)
            burst += 1
        }
    }

    /// With a schedule: all that is due, as far as there is room.
    ///
    /// - Parameter freed: the only lane that may have room, if all were full.
    private func sendDue(_ schedule: LoadSchedule, over freed: LoadLane?) {
        guard !isSending else { return }
        isSending = true
        defer { isSending = false }
        var burst = 0
        while !hasStopped {
            let due = window.start + .nanoseconds(schedule.due(share.turn(sentCount)))
            guard due < window.end else { return }
            let now = loop.now
            guard due <= now else {
                isFull = false
                return wake(at: due, schedule)
            }
            guard burst < Self.burstCountMax else {
                return loop.execute { self.sendDue(schedule, over: nil) }
            }
            guard let lane = laneWithRoom(freed) else {
                isFull = true
                return
            }
            if now >= window.measuredFrom {
                tally.sent(late: .nanoseconds((now - due).nanoseconds))
            }
            send(over: lane, due: due, now)
            burst += 1
        }
    }

    private func send(over lane: LoadLane, due: NIODeadline, _ now: NIODeadline) {
        let request = plan.request(share.turn(sentCount))
        sentCount += 1
        lane.send(request, due: due, isMeasured: now >= window.measuredFrom)
    }

    private func laneWithRoom(_ freed: LoadLane?) -> LoadLane? {
        if let freed, isFull || freed.hasRoom { return freed.hasRoom ? freed : nil }
        for _ in lanes.indices {
            cursor = (cursor + 1) % lanes.count
            if lanes[cursor].hasRoom { return lanes[cursor] }
            lanes[cursor].openIfNeeded()
        }
        return nil
    }

    private func wake(at time: NIODeadline, _ schedule: LoadSchedule) {
        guard !isWaking else { return }
        isWaking = true
        loop.scheduleTask(deadline: time) {
            self.isWaking = false
            self.sendDue(schedule, over: nil)
        }
    }
}

extension LoadShard: LoadLaneOwner {
    func lane(_ lane: LoadLane, finished call: LoadLane.Call, _ result: CallResult) {
        let now = loop.now
        let time = Duration.nanoseconds((now - call.due).nanoseconds)
        switch result {
        case .success:
            pulse.succeeded(after: time)
            if call.isMeasured { tally.succeeded(kind: call.kind, after: time) }
            if window.isMeasured(now) { tally.answered(byteCount: call.byteCount) }
        case .failure(let failure):
            pulse.failed()
            if call.isMeasured { tally.failed(failure) }
        }
        if hasStopped { endIfAnswered() } else { sendNext(over: lane) }
    }

    func laneHasOpened(_ lane: LoadLane) {
        guard !hasStopped else { return }
        isFull = false
        sendNext(over: lane)
    }

    func laneCouldNotOpen(_ failure: CallFailure) {
        guard window.isMeasured(loop.now) else { return }
        pulse.failed()
        tally.failed(failure)
    }
}
