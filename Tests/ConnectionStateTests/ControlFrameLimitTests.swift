import ConnectionState
import Testing
import Wire

@Test func `a limit of nothing forbids the first nuisance`() {
    var limits = WireLimits()
    limits.nuisanceCountMax = 0
    var limit = ControlFrameLimit()
    #expect(throws: ProtocolViolation.tooManyNuisances(countMax: 0)) {
        try limit.spend(now: .seconds(1), limits: limits)
    }
}

@Test func `a window begins with its first nuisance`() throws {
    var limits = WireLimits()
    limits.nuisanceCountMax = 1
    var limit = ControlFrameLimit()
    try limit.spend(now: .seconds(100), limits: limits)
    try limit.spend(now: .seconds(130), limits: limits)
    #expect(throws: ProtocolViolation.self) { try limit.spend(now: .seconds(159), limits: limits) }
    try limit.spend(now: .seconds(160), limits: limits)
}
