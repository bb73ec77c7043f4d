import NIOCore
import Synchronization
import TandemClient
import Transport

/// How a benchmark loads a server.
package struct LoadShape: Hashable, Sendable {
    /// Clients, each with a connection to each port that it needs.
    package var connectionCount: Int
    /// Of each client, if the server allows as many.
    package var inFlightCount: Int
    /// Of all clients together; `nil`: as fast as the answers come.
    package var perSecond: Double?
    package var warmup: Duration
    /// What is measured, behind the warm-up.
    package var duration: Duration

    package init(
        connectionCount: Int, inFlightCount: Int, perSecond: Double? = nil, warmup: Duration,
        duration: Duration
    ) {
        self.connectionCount = connectionCount
        self.inFlightCount = inFlightCount
        self.perSecond = perSecond
        self.warmup = warmup
        self.duration = duration
    }
}

/// One run of a benchmark: connects, sends, waits for what was sent, and tells what came back.
struct LoadRun: Sendable {
    let name: String
    let plan: LoadPlan
    let shape: LoadShape
    let configuration: TandemConfiguration
    /// As many event loops share the work, at most.
    let loopCountMax: Int
    /// `nil`: nobody looks.
    let display: LoadDisplay?

    /// Who pressed Ctrl-C waits no longer than this for what was sent.
    private static let interruptedPatience = TimeAmount.seconds(5)

    /// - Throws: If a connection can't be made; later, that is counted as an error.
    func run() async throws(TandemError) -> BenchReport {
        PatienceWatch.told?(configuration.timeout)
        let dialer = TransportDialer(dialling, plan.methods, speaksJSON: plan.speaksJSON)
        let connected = try await connect(dialer)
        let window = LoadWindow(starting: .now() + .milliseconds(5), shape)
        let shards = connected.enumerated().map { number, loop in
            LoadShard(
                plan, share: LoadShare(number: number, of: connected.count),
                schedule: shape.perSecond.map(LoadSchedule.init(perSecond:)),
                lanes: loop.links.map { links in
                    LoadLane(
                        links, on: loop.loop, dialer: dialer, backoff: configuration.backoff,
                        inFlightMax: shape.inFlightCount, timeout: configuration.timeout)
                },
                on: loop.loop, window: window)
        }
        let (tally, stopped) = await load(shards, window)
        for shard in shards { shard.loop.execute { shard.close() } }
        var measured = shape
        measured.inFlightCount =
            connected.flatMap(\.links).map { $0.window(shape.inFlightCount) }.min() ?? 0
        return BenchReport(
            name: name, kinds: plan.kinds, shape: measured, inFlightAsked: shape.inFlightCount,
            elapsed: .nanoseconds(
                max(0, (min(window.end, stopped ?? window.end) - window.measuredFrom).nanoseconds)),
            isInterrupted: stopped != nil, tally: tally)
    }

    /// Nobody waits for a connection longer than for an answer.
    private var dialling: TandemConfiguration {
        var dialling = configuration
        dialling.connectTimeout = min(configuration.connectTimeout, configuration.timeout)
        return dialling
    }

    // MARK: - Connecting

    private struct Connected: Sendable {
        let loop: any EventLoop
        var links: [LoadLinks] = []
    }

    private func connect(_ dialer: TransportDialer) async throws(TandemError) -> [Connected] {
        let ports = plan.ports
        let count = shape.connectionCount
        var loops = (0..<max(1, min(loopCountMax, count))).map { _ in
            Connected(loop: dialer.eventLoop)
        }
        for number in 0..<count {
            let place = number % loops.count
            do throws(CallFailure) {
                loops[place].links.append(
                    try await LoadLinks.dial(ports, with: dialer, on: loops[place].loop))
            } catch {
                for links in loops.flatMap(\.links) { await links.close() }
                throw TandemError(
                    error,
                    adding: [
                        "address": ports.map { configuration.address(of: $0).description }
                            .joined(separator: " or "),
                        "connection": "\(number + 1) of \(count)",
                    ], retry: .later(nil))
            }
        }
        return loops
    }

    // MARK: - Loading

    /// What came back, and when Ctrl-C ended it, if it did.
    private func load(
        _ shards: [LoadShard], _ window: LoadWindow
    ) async -> (tally: LoadTally, stopped: NIODeadline?) {
        let stopped = Mutex<NIODeadline?>(nil)
        let untilEnd = Task {
            // Cut short by Ctrl-C only.
            try? await Task.sleep(for: .nanoseconds((window.end - .now()).nanoseconds))
        }
        let watch = InterruptWatch {
            stopped.withLock { $0 = $0 ?? .now() }
            untilEnd.cancel()
        }
        defer { watch.stop() }
        for shard in shards {
            // Not before: what is sent then is measured if there is no warm-up.
            shard.loop.scheduleTask(deadline: window.start) { shard.begin() }
        }
        let showing = Task { await display?.run(shards, window) }
        await untilEnd.value
        showing.cancel()
        let isStopped = stopped.withLock { $0 } != nil
        // The calls have an end of their own; this one is for what hangs.
        let patience =
            isStopped ? Self.interruptedPatience : TimeAmount(configuration.timeout) + .seconds(2)
        if isStopped { display?.tellStopping() }
        let tally = await withTaskGroup(of: LoadTally.self) { group in
            for shard in shards { group.addTask { await shard.outcome(within: patience) } }
            var tally = LoadTally(kindCount: plan.kinds.count)
            for await part in group { tally.add(part) }
            return tally
        }
        return (tally, stopped.withLock { $0 })
    }
}

extension LoadWindow {
    init(starting start: NIODeadline, _ shape: LoadShape) {
        let from = start + TimeAmount(shape.warmup)
        self.init(start: start, measuredFrom: from, end: from + TimeAmount(shape.duration))
    }
}

extension LoadShard {
    /// Stops, and waits for what was sent.
    fileprivate func outcome(within patience: TimeAmount) async -> LoadTally {
        await withCheckedContinuation { continuation in
            loop.execute {
                self.stop()
                self.whenAnswered(within: patience) { continuation.resume(returning: $0) }
            }
        }
    }

    func pulse() async -> LoadPulse {
        await withCheckedContinuation { continuation in
            loop.execute { continuation.resume(returning: self.takePulse()) }
        }
    }
}
