import ArgumentParser
import DocumentStore
import Foundation
import Orders
import Projection
import TandemDomain

/// What each stage of a read costs beside a bare loop that does the same work, in one process.
@main
struct ReadStages: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read-stages",
        abstract: "Measures each stage of a read, in ns, and a bare loop beside it.",
        discussion: """
            Prints one object of JSON: for each stage the least and the median of the rounds, of \
            the engine's and of the bare loop's, for one request, document or page.
            """)

    @Option(help: "How many documents there are.")
    var documents = 1_000_000

    @Option(help: "How often each side is measured.")
    var rounds = 40

    @Option(help: "An empty folder for the documents' file. It stays there.")
    var folder: String

    func validate() throws {
        guard (1_000...50_000_000).contains(documents) else {
            throw ValidationError("--documents is 1000 to 50000000.")
        }
        guard (1...10_000).contains(rounds) else {
            throw ValidationError("--rounds is 1 to 10000.")
        }
    }

    func run() async throws {
        let domain = try CheckedDomain(OrdersDomain())
        let workload = Workload(documentCount: documents)
        // One behind the other: the documents of each are in memory once.
        let stages = stages(workload, domain)
        let whole = try await whole(workload, domain)
        let found = Found(documents: documents, rounds: rounds, stages: stages + whole)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(found), as: UTF8.self))
    }

    private struct Found: Encodable {
        let documents: Int
        let rounds: Int
        let stages: [Measured]
    }

    private func stages(_ workload: Workload, _ domain: CheckedDomain) -> [Measured] {
        let store = DocumentStore(schema: domain.documents.map { $0.collection })
        workload.forEachChunk { store.publish($0, position: $1) }
        let reader = store.makeReader()
        let table = BareTable(workload)
        let decoding = DecodingStage(workload, domain, reader)
        let lookingUp = LookingUpStages(workload, reader, table)
        let writing = WritingStage(workload, reader, table)
        return [
            decoding.stage(batch: 1), decoding.stage(batch: 32), lookingUp.byKey(batch: 1),
            lookingUp.byKey(batch: 16), lookingUp.byKey(batch: 32), lookingUp.pages(),
            writing.stage(batch: 1), writing.stage(batch: 32),
        ].map { $0.measured(rounds: rounds) }
    }

    private func whole(_ workload: Workload, _ domain: CheckedDomain) async throws -> [Measured] {
        let port = try await QueryPort.open(workload, domain, folder: folder)
        let measured = try await port.measure { [rounds] service in
            guard let stage = WholeStage(workload, domain, service, BareTable(workload)) else {
                preconditionFailure("The query port doesn't know the short way.")
            }
            return [1, 16, 32].map { stage.stage(batch: $0).measured(rounds: rounds) }
        }
        try await port.close()
        return measured
    }
}
