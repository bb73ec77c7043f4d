import Foundation
import Testing
import Wire

/// The limits of `Protocol/registry.json`.
private struct Registry: Decodable {
    struct Limit: Decodable {
        /// Not there if it can't be set.
        let name: String?
        let `default`: Int
    }

    let limits: [Limit]
}

@Test func `the limits that can be set, and their defaults, are those of the registry`() throws {
    let registry = try JSONDecoder().decode(
        Registry.self, from: Data(contentsOf: ProtocolFolder.url("registry.json")))
    let registered = Dictionary(
        uniqueKeysWithValues: registry.limits.compactMap { limit in
            limit.name.map { ($0, limit.default) }
        })
    let limits = WireLimits()
    let built = Dictionary(
        uniqueKeysWithValues: LimitName.allCases.map { ($0.rawValue, limits[$0]) })
    #expect(registered == built)
}
