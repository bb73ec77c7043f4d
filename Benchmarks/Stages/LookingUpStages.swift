import DocumentStore
import TandemCore

/// Documents, found: by their keys, and as pages of a list.
final class LookingUpStages {
    private let workload: Workload
    private let reader: DocumentReader
    private let table: BareTable

    init(_ workload: Workload, _ reader: DocumentReader, _ table: BareTable) {
        self.workload = workload
        self.reader = reader
        self.table = table
    }

    /// One pin a batch, as the query port has it.
    func byKey(batch: Int) -> Stage {
        Stage(
            name: "look_up_\(batch)", title: "documents by their keys, \(batch) together",
            count: Workload.passCount, engine: { self.engine($0, batch) },
            bare: { batch == 1 ? self.bareAlone($0) : self.bareTogether($0, batch) })
    }

    private func engine(_ round: Int, _ batch: Int) -> UInt64 {
        let slice = workload.slice(round)
        let lookUps = reader.lookUps
        var sum: UInt64 = 0
        for start in stride(from: slice.lowerBound, to: slice.upperBound, by: batch) {
            reader.pin()
            lookUps.removeAll()
            for index in start..<start + batch {
                lookUps.add(DocumentKey(workload.ids[index]), of: Workload.orders)
            }
            reader.findAll()
            for index in 0..<batch { sum &+= UInt64(lookUps[index]?.bodyByteCount ?? 0) }
            reader.unpin()
        }
        return sum
    }

    private func bareAlone(_ round: Int) -> UInt64 {
        let slice = workload.slice(round)
        var sum: UInt64 = 0
        for index in slice {
            sum &+= UInt64(unsafe table.record(of: workload.ids[index])?.byteCount ?? 0)
        }
        return sum
    }

    private func bareTogether(_ round: Int, _ batch: Int) -> UInt64 {
        let slice = workload.slice(round)
        var sum: UInt64 = 0
        for start in stride(from: slice.lowerBound, to: slice.upperBound, by: batch) {
            let some = start..<start + batch
            for index in some { table.expectSlot(of: workload.ids[index]) }
            for index in some { table.expectRecord(of: workload.ids[index]) }
            for index in some {
                sum &+= UInt64(unsafe table.record(of: workload.ids[index])?.byteCount ?? 0)
            }
        }
        return sum
    }

    func pages() -> Stage {
        Stage(
            name: "list_\(Workload.pageSize)",
            title: "a user's newest \(Workload.pageSize) documents",
            count: Workload.pageCountOfPass, engine: page, bare: barePage)
    }

    private func page(_ round: Int) -> UInt64 {
        let slice = workload.slice(round)
        var sum: UInt64 = 0
        for index in slice.prefix(Workload.pageCountOfPass) {
            let range = IndexRange(
                collection: Workload.orders, index: Workload.byUser,
                prefix: DocumentKey(workload.user(of: workload.ids[index])))
            reader.pin()
            _ = reader.scanRuns(range, after: nil, limit: Workload.pageSize) { run in
                for index in 0..<run.count { sum &+= UInt64(run[index].bodyByteCount) }
                return (run.count, true)
            }
            reader.unpin()
        }
        return sum
    }

    private func barePage(_ round: Int) -> UInt64 {
        let slice = workload.slice(round)
        var sum: UInt64 = 0
        for index in slice.prefix(Workload.pageCountOfPass) {
            let newest = table.newest(
                Workload.pageSize, of: workload.user(of: workload.ids[index]))
            for index in newest { unsafe table.record(at: index).expect() }
            for index in newest { sum &+= UInt64(unsafe table.record(at: index).byteCount) }
        }
        return sum
    }
}
