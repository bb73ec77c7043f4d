import Tandem
import TandemClient
import TandemTestKit
import Testing
import Things

struct ThingsTests {
    @Test func `a thing is added, renamed, and read as it is now`() async throws {
        // In memory: given, when, then.
        let things = try TestDomain(Things())
            .given(Things_V1_Added.with { $0.thingID = 1; $0.name = "Door" })
        try things.when(Things.rename, .with { $0.thingID = 1; $0.name = "Gate" })
            .then(Things_V1_Renamed.with { $0.thingID = 1; $0.name = "Gate" })
        try things.then(Things_V1_Thing.with { $0.thingID = 1; $0.name = "Gate" })
        try things.when(Things.rename, .with { $0.thingID = 2 }).thenRejected("UNKNOWN_THING")

        // The same, by a server and a client.
        try await withTestServer(Things()) { client in
            try await client.send(Things.add, .with { $0.thingID = 1; $0.name = "Door" })
            let thing = try await client.ask(Things.get, .with { $0.thingID = 1 })
            #expect(thing.name == "Door")
        }
    }
}
