import Foundation
import OrdersClient
import SwiftProtobuf
import TandemCLI
import TandemClient
import TandemCore
import Testing
import WireMessages

/// What `tandem status` makes of the servers' answers.
@Suite struct StatusReportTests {
    private func report(
        write changeWrite: (inout Tandem_Meta_V1_StatusReply) -> Void = { _ in },
        _ change: (inout Tandem_Meta_V1_StatusReply) -> Void
    ) -> StatusReport {
        var write = Tandem_Meta_V1_StatusReply()
        write.role = "write"
        write.headPosition = 1_000
        var read = Tandem_Meta_V1_StatusReply()
        read.role = "read"
        read.headPosition = 1_000
        read.readPosition = 1_000
        change(&read)
        changeWrite(&write)
        return StatusReport(
            write: .success(ServerStatus(write)), read: .success(ServerStatus(read)))
    }

    private func members(_ report: StatusReport) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(report.json.compactText.utf8))
        return try #require(value as? [String: Any])
    }

    @Test func `documents that are being built are shown with how much there is and how long yet`()
        throws
    {
        let building = report {
            $0.readPosition = 619
            $0.buildingUntilPosition = 1_000
            $0.buildingLeftMs = 3_200
        }
        #expect(building.text.string.contains("BEING BUILT: 61 % of the log, about 4 s left\n"))
        #expect(try members(building)["building_until_position"] as? String == "1000")
        let untold = report {
            $0.readPosition = 999
            $0.buildingUntilPosition = 100_000
        }
        #expect(untold.text.string.contains("BEING BUILT: 0 % of the log\n"))
    }

    @Test func `fan-outs that are pending are shown, and none is no line`() throws {
        let pending = report { $0.pendingFanOuts = 12_345 }
        let line = pending.text.string.split(separator: "\n").first { $0.hasPrefix("fan-outs") }
        #expect(line?.hasSuffix("12,345") == true)
        #expect(try members(pending)["pending_fan_outs"] as? String == "12345")
    }

    @Test func `memory is shown, and that it is short`() throws {
        let short = report {
            $0.memory.budgetBytes = 512 << 20
            $0.memory.residentBytes = 500 << 20
            $0.memory.isShort = true
            $0.memory.refusals = 1_234
            $0.memory.uses = [.with { $0.name = "documents"; $0.bytes = 7 }]
        }
        let line = short.text.string.split(separator: "\n").first { $0.hasPrefix("memory") }
        #expect(line?.contains("500.0 MiB of 512.0 MiB, 1,234 refusals, SHORT") == true)
        let memory = try #require(try members(short)["memory"] as? [String: Any])
        let read = try #require(memory["read"] as? [String: Any])
        #expect(read["budget_bytes"] as? String == "536870912")
        #expect((read["uses"] as? [String: String]) == ["documents": "7"])
        #expect(memory["write"] is NSNull)
    }

    private func labels(_ report: StatusReport) -> [String] {
        report.text.string.split(separator: "\n").map {
            String($0).components(separatedBy: "  ")[0]
        }
    }

    @Test func `two sides of one process have one line for its memory, others one each`() throws {
        func memory(_ resident: UInt64, documents: UInt64 = 7, commands: UInt64 = 0)
            -> (inout Tandem_Meta_V1_StatusReply) -> Void
        {
            return {
                $0.memory.budgetBytes = 512 << 20
                $0.memory.residentBytes = resident
                $0.memory.uses = [
                    .with { $0.name = "commands"; $0.bytes = commands },
                    .with { $0.name = "documents"; $0.bytes = documents },
                ]
            }
        }
        let one = report(write: memory(9 << 20), memory(9 << 20, commands: 1_024))
        #expect(labels(one).filter { $0.hasPrefix("memory") } == ["memory"])
        let both = ["memory, write side", "memory, read side"]
        for other in [memory(8 << 20), memory(9 << 20, documents: 0)] {
            let two = report(write: other, memory(9 << 20))
            #expect(labels(two).filter { $0.hasPrefix("memory") } == both)
        }
        let unknown = report(write: memory(0), memory(0))
        #expect(labels(unknown).filter { $0.hasPrefix("memory") } == both)
        let json = try #require(try members(one)["memory"] as? [String: Any])
        #expect(json["write"] is [String: Any])
        #expect(json["read"] is [String: Any])
    }

    @Test func `what a side says of its troubles is shown, and none is no line`() throws {
        let troubled = report(write: { $0.troubles = ["Memory is short."] }) {
            $0.troubles = ["The projection waits: the documents take 9 MiB.", "Tired."]
        }
        let said = troubled.text.string.split(separator: "\n").filter { $0.contains(" side says ") }
        #expect(said.count == 3)
        #expect(said.first?.hasPrefix("write side says") == true)
        #expect(said.first?.hasSuffix("Memory is short.") == true)
        #expect(said.last?.hasPrefix("read side says") == true)
        #expect(said.last?.hasSuffix("Tired.") == true)
        let troubles = try #require(try members(troubled)["troubles"] as? [String: [String]])
        #expect(troubles["write"] == ["Memory is short."])
        #expect(troubles["read"]?.last == "Tired.")
        let well = report { _ in }
        #expect(!well.text.string.contains("says"))
        #expect(try members(well)["troubles"] as? [String: [String]] == ["write": [], "read": []])
    }

    @Test func `whole documents are not said to be built`() throws {
        let whole = report { _ in }
        #expect(!whole.text.string.contains("BEING BUILT"))
        #expect(!whole.text.string.contains("fan-outs"))
        #expect(try members(whole)["building_until_position"] is NSNull)
        #expect(try members(whole)["pending_fan_outs"] as? String == "0")
    }

    @Test func `no position that a server could send is more than it is`() {
        for (position, target) in [(0, .max), (.max - 1, .max), (.max, 1)] as [(UInt64, UInt64)] {
            let building = report {
                $0.readPosition = position
                $0.buildingUntilPosition = target
                $0.buildingLeftMs = .max
            }
            #expect(building.text.string.contains("BEING BUILT: ") == true)
        }
        let all = LogPosition(rawValue: .max)
        #expect(LogPosition(rawValue: .max - 1).percent(of: all) == 99)
        #expect(LogPosition.beginning.percent(of: all) == 0)
        #expect(all.percent(of: .beginning) == 100)
    }

    @Test func `why an import stopped is told in the shape that was asked for`() throws {
        let problem = CSVProblem(file: "users.csv", line: 3, column: 1, reason: "no id")
        let stop = ImportStop(.badRow(problem))
        #expect(stop.status == .usage)
        #expect(stop.text.string.hasPrefix("error: stopped at a bad row. What was imported stays."))
        let value = try JSONSerialization.jsonObject(with: Data(stop.json.compactText.utf8))
        let error = try #require((value as? [String: [String: Any]])?["error"])
        #expect(error["reason"] as? String == "BAD_INPUT")
        #expect((error["message"] as? String)?.contains("users.csv:3:1: no id") == true)
        #expect((error["message"] as? String)?.contains("--skip-bad") == true)
        #expect(ImportStop(.interrupted).text.string.hasPrefix("stopped. What was imported stays."))
        #expect(ImportStop(.interrupted).status == .interrupted)
        #expect(ImportStop(.rejected(problem)).status == .rejected)
    }
}
