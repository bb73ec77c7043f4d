import ArgumentParser
import Foundation
import OrdersClient
import Synchronization
import TandemCLI
import TandemClient
import TestSupport
import Testing

@Suite(.takingTurns) struct OptionTests {
    private static let changing = [
        "user register --email a@b --name A", "user rename 1 A", "user change-email 1 a@b",
        "product add --name A --price-minor 1 --currency USD", "product change-price 1 2",
        "order place --user 1 --line 1:2", "order pay 1", "order ship 1", "order deliver 1",
        "order cancel 1",
        "order cancel 1 --reason twice --expected-version 2", "order refund 1",
        "order refund 1 --amount-minor 5 --reason broken", "order add-item 1 7:2",
        "order change-item 1 2 5 --price-minor 3", "order remove-item 1 2",
        "product restock 1 5", "product retire 1 --expected-version 3",
    ]
    private static let asking = [
        "user get 1", "user find a@b", "user list", "product get 1", "product list --all",
        "product list --name-start A", "product sales 1", "product top", "order get 1",
        "order list", "order list --user 1", "order list --email a@b", "order sales",
        "user summary 1",
        "status", "status --wait", "report", "measure visible --count 1",
        "describe", "describe GetUser", "call GetUser {}",
        "bench get", "bench list", "bench place", "bench mixed",
    ]

    private func words(_ line: String) -> [String] {
        line.split(separator: " ").map(String.init)
    }

    @Test(arguments: changing)
    func `every command that changes something takes a key`(line: String) throws {
        let key = ["--key", "0123456789abcdef0123456789abcdef"]
        _ = try TandemCommand.parseAsRoot(words(line) + key)
    }

    @Test(arguments: changing + asking)
    func `every command takes the options for the connection`(line: String) throws {
        let common = [
            "--timeout", "3", "--json", "--command-address", "a:1", "--query-address", "b:2",
            "--cluster", "0123456789abcdef0123456789abcdef",
        ]
        _ = try TandemCommand.parseAsRoot(words(line) + common)
    }

    /// How the command ends at a server that takes connections and never answers, and the time that
    /// each of its calls was given.
    private func runFrozen(_ arguments: [String]) async throws -> (status: Int32, told: [Duration])
    {
        let server = try FrozenServer()
        let told = Mutex<[Duration]>([])
        let status = await PatienceWatch.$told.withValue({ time in
            told.withLock { $0.append(time) }
        }) {
            await TandemCommand.run(
                arguments + [
                    "--timeout", "0.1", "--command-address", server.address, "--query-address",
                    server.address,
                ])
        }
        return (status, told.withLock { $0 })
    }

    @Test(arguments: changing + asking)
    func `--timeout is what every command gives each of its calls, and ends it`(
        line: String
    ) async throws {
        let (status, told) = try await runFrozen(words(line))
        #expect(status == 3)
        // The status alone would be the same with the usual 10 s.
        #expect(Set(told) == [.milliseconds(100)])
    }

    @Test func `no command is missing from those that these tests go through`() {
        func names(_ command: any ParsableCommand.Type) -> [String] {
            let parts = command.configuration.subcommands
            guard !parts.isEmpty else { return [""] }
            return parts.flatMap { part in
                let name = part.configuration.commandName ?? Self.dashed("\(part)")
                return names(part).map { "\(name) \($0)" }
            }
        }
        let all = names(TandemCommand.self)
        #expect(all.count > 15)
        // One asks no server, the others have tests of their own.
        for name in all where !["key ", "import ", "bench call "].contains(name) {
            #expect((Self.changing + Self.asking).contains { "\($0) ".hasPrefix(name) }, "\(name)")
        }
    }

    /// `changePrice` is `change-price` on the command line.
    private static func dashed(_ name: String) -> String {
        name.enumerated().map { index, letter in
            (index > 0 && letter.isUppercase ? "-" : "") + letter.lowercased()
        }.joined()
    }

    @Test func `what --timeout says is what the client gets, to the millisecond`() throws {
        let told = try GlobalOptions.parse(["--timeout", "0.1"]).configuration()
        #expect(told.timeout == .milliseconds(100))
        #expect(try GlobalOptions.parse([]).configuration().timeout == .seconds(10))
    }

    @Test func `--timeout is what an import gives each kind of its rows, and ends it`()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "tandem-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in [
            ("products", "product_id,name,price_minor,currency\n1,Tea,450,USD\n"),
            ("users", "user_id,email,name\n"),
            (
                "orders",
                "order_id,user_id,placed_at,product_id,description,quantity,price_minor,currency\n"
            ),
        ] {
            try Data(text.utf8).write(to: folder.appendingPathComponent("\(name).csv"))
        }
        let (status, told) = try await runFrozen(["import", folder.path])
        #expect(status == 3)
        #expect(told == [.milliseconds(100)])
    }

    @Test func `an import is as patient with a server gone quiet as --timeout says`() {
        let told = BulkConfiguration(inFlightCount: 4_000, patience: .milliseconds(200))
        #expect(told.patience == .milliseconds(200))
        #expect(told.connectPatience == .milliseconds(200))
        let usual = BulkConfiguration(inFlightCount: 4_000, patience: nil)
        #expect(usual.patience == .seconds(60))
        let long = BulkConfiguration(inFlightCount: 1, patience: .seconds(600))
        #expect(long.patience == .seconds(600))
        #expect(long.connectPatience == .seconds(3))
        #expect(long.connectionCount * long.inFlightPerConnection == 1)
    }

    @Test func `a value that begins with a dash gets a hint at the equals sign`() {
        let hint = LeadingDash(
            ["user", "register", "--email", "-d@x.org"],
            message: "Missing value for '--email <email>'")?.hint
        #expect(hint?.hasSuffix("like --email=-d@x.org") == true)
        #expect(
            LeadingDash(["user", "rename", "1", "-Bob"], message: "Unknown option '-B'")?.hint
                .contains("behind --") == true)
        #expect(
            LeadingDash(
                ["product", "change-price", "1", "-5"],
                message: "Missing expected argument '<price-minor>'")?.hint
                .contains("behind --") == true)
        #expect(LeadingDash(["user", "-h"], message: "Missing expected argument '<id>'") == nil)
        #expect(LeadingDash(["user"], message: "Missing expected argument '<id>'") == nil)
    }
}
