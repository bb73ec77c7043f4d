import Session
import Testing
import Wire

@Test func `a budget of nothing forbids the first nuisance`() {
    var limits = WireLimits()
    limits.nuisanceCountMax = 0
    var budget = NuisanceBudget()
    #expect(throws: ProtocolViolation.tooManyNuisances(countMax: 0)) {
        try budget.spend(now: .seconds(1), limits: limits)
    }
}

@Test func `a window begins with its first nuisance`() throws {
    var limits = WireLimits()
    limits.nuisanceCountMax = 1
    var budget = NuisanceBudget()
    try budget.spend(now: .seconds(100), limits: limits)
    try budget.spend(now: .seconds(130), limits: limits)
    #expect(throws: ProtocolViolation.self) { try budget.spend(now: .seconds(159), limits: limits) }
    try budget.spend(now: .seconds(160), limits: limits)
}
