import Testing

@testable import Wire

@Test(arguments: LimitName.allCases)
func `a limit is read back as it was set, and touches no other`(name: LimitName) {
    var limits = WireLimits()
    #expect(name.range.contains(limits[name]), "the default can be set")
    limits[name] = name.range.lowerBound
    #expect(limits[name] == name.range.lowerBound)
    let defaults = WireLimits()
    for other in LimitName.allCases where other != name {
        #expect(limits[other] == defaults[other])
    }
}
