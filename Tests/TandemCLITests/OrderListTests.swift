import ArgumentParser
import OrdersClient
import TandemCLI
import TandemCore
import Testing

/// What `tandem order list` asks for.
struct OrderListTests {
    private func choice(_ line: String) throws -> OrderChoice {
        try OrderChoice.parse(line.split(separator: " ").map(String.init))
    }

    @Test func `without options all orders are listed, newest first`() throws {
        let choice = try choice("")
        #expect(choice.filter == .all)
        #expect(choice.user == nil && !choice.isAscending)
    }

    @Test func `a day stands for its first moment, and a time for itself`() throws {
        let day = Timestamp(microseconds: 1_769_817_600_000_000)
        #expect(
            try choice("--status paid --from 2026-01-31 --until 2026-01-31T00:00:01.5Z").filter
                == .created(
                    status: .paid, from: day,
                    until: Timestamp(microseconds: day.microseconds + 1_500_000)))
        #expect(try choice("--from 2026-01-31 --oldest-first").isAscending)
        for time in ["2026-1-31", "2026-02-30", "2026-01-31T25:00:00Z", "yesterday", "1"] {
            #expect(throws: (any Error).self, "\(time)") { try choice("--from \(time)") }
        }
    }

    @Test func `the least and the greatest total are both listed`() throws {
        #expect(try choice("--min-total 5").filter == .total(from: 5))
        #expect(try choice("--max-total 5").filter == .total(until: 6))
        #expect(
            try choice("--min-total 5 --max-total \(Int64.max) --smallest-first").filter
                == .total(from: 5))
        #expect(try choice("--max-total 5 --smallest-first").isAscending)
    }

    @Test(arguments: [
        ("--email a@x --user 1", "take --user"),
        ("--email a@x --status paid", "take --user"),
        ("--email a@x --oldest-first", "take --user"),
        ("--user 1 --from 2026-01-01", "leave --user"),
        ("--user 1 --max-total 5", "leave --user"),
        ("--user 1 --oldest-first", "leave --user"),
        ("--min-total 5 --status paid", "leave --min-total"),
        ("--max-total 5 --until 2026-01-01", "leave --min-total"),
        ("--max-total 5 --oldest-first", "take --smallest-first"),
        ("--smallest-first", "goes with --min-total"),
        ("--oldest-first --smallest-first", "goes with --min-total"),
    ])
    func `what no index serves is refused with what to leave out`(
        line: String, hint: String
    ) throws {
        let error = try #require(throws: (any Error).self) { try choice(line) }
        #expect(OrderChoice.message(for: error).contains(hint))
    }

    @Test func `a product's name is searched for by 1 to 32 bytes`() throws {
        func parse(_ text: String) throws {
            _ = try TandemCommand.parseAsRoot(["product", "list", "--name-start", text])
        }
        try parse("T")
        try parse(String(repeating: "T", count: 32))
        #expect(throws: (any Error).self) { try parse("") }
        #expect(throws: (any Error).self) { try parse(String(repeating: "é", count: 17)) }
    }
}
