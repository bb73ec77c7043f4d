import ConnectionState
import Testing
import Wire

private typealias Activity = ServerConnectionState.Activity

@Test func `a handshake has five seconds, also one that has got as far as HELLO`() {
    let connection = ConnectionHarness(openedAt: .seconds(10))
    let activity = Activity(now: .seconds(14))
    #expect(connection.tick(activity, now: .seconds(14)) == .nothing)
    #expect(connection.tick(activity, now: .seconds(15)) == .close(.handshakeTimeout))
    _ = connection.preface(.query)
    #expect(connection.tick(activity, now: .seconds(14)) == .nothing)
    #expect(connection.tick(activity, now: .seconds(15)) == .close(.handshakeTimeout))
}

@Test func `a frame that was begun has thirty seconds`() {
    let harness = ConnectionHarness()
    var activity = Activity(now: .seconds(100))
    activity.partialFrameSince = .seconds(71)
    #expect(harness.tick(activity, now: .seconds(100)) == .nothing)
    #expect(
        harness.tick(activity, now: .seconds(101)) == .close(.frameTimeout))
}

@Test func `a peer that takes nothing has thirty seconds, though it sends`() {
    let harness = ConnectionHarness()
    var activity = Activity(now: .seconds(100))
    activity.stalledSince = .seconds(71)
    activity.isReadingPaused = true
    #expect(harness.tick(activity, now: .seconds(100)) == .nothing)
    #expect(
        harness.tick(activity, now: .seconds(101))
            == .close(.peerDoesNotRead))
}

@Test func `silence brings a ping after a minute, and the end twenty seconds later`() {
    let harness = ConnectionHarness()
    var activity = Activity(now: .seconds(100))
    #expect(harness.tick(activity, now: .seconds(159)) == .nothing)
    #expect(harness.tick(activity, now: .seconds(160)) == .ping)
    activity.pingSentAt = .seconds(160)
    #expect(harness.tick(activity, now: .seconds(179)) == .nothing)
    #expect(
        harness.tick(activity, now: .seconds(180)) == .close(.peerSilent))
}

@Test func `any bytes count as life`() {
    let harness = ConnectionHarness()
    var activity = Activity(now: .seconds(100))
    activity.pingSentAt = .seconds(160)
    activity.lastReceived = .seconds(170)
    #expect(harness.tick(activity, now: .seconds(200)) == .nothing)
    #expect(harness.tick(activity, now: .seconds(230)) == .ping)
}

@Test func `a peer that we don't listen to is not silent`() {
    let harness = ConnectionHarness()
    var activity = Activity(now: .seconds(100))
    activity.pingSentAt = .seconds(160)
    activity.isReadingPaused = true
    #expect(harness.tick(activity, now: .seconds(1_000)) == .nothing)
}

@Test func `a peer that has ended its direction is not pinged, and its silence is no sign`() {
    let harness = ConnectionHarness()
    var activity = Activity(now: .seconds(100))
    activity.isInputClosed = true
    #expect(harness.tick(activity, now: .seconds(1_000)) == .nothing)
    activity.pingSentAt = .seconds(160)
    #expect(harness.tick(activity, now: .seconds(1_000)) == .nothing, "asked before it ended")
    activity.stalledSince = .seconds(960)
    #expect(harness.tick(activity, now: .seconds(1_000)) == .close(.peerDoesNotRead))
}

@Test func `a closed session has no deadlines`() {
    let connection = ConnectionHarness(openedAt: .seconds(1))
    connection.close()
    let tick = connection.tick(Activity(now: .seconds(1)), now: .seconds(9_999))
    #expect(tick == .nothing)
}

@Test func `time never runs backwards, nor over its end`() {
    let late = MonotonicTime(nanoseconds: .max)
    #expect(MonotonicTime.seconds(1).since(.seconds(2)) == .zero)
    #expect(late.since(MonotonicTime(nanoseconds: 0)) == .nanoseconds(Int64.max))
    #expect(MonotonicTime.seconds(1).advanced(by: 2_000) == .seconds(3))
    _ = late.advanced(by: .max)
}
