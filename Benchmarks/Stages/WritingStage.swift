import DocumentStore
import NIOCore
import TandemCore
import Wire

/// Answers, written: documents that were found, behind their headers. The documents of a batch are
/// always the same ones, in the cache: to fetch them is part of the look-up.
final class WritingStage {
    private let workload: Workload
    private let reader: DocumentReader
    private let table: BareTable
    private let metadataBlock: ByteBuffer
    private var written = ByteBuffer()
    private var bareWritten: BareAnswers

    init(_ workload: Workload, _ reader: DocumentReader, _ table: BareTable) {
        self.workload = workload
        self.reader = reader
        self.table = table
        var metadata = Metadata()
        metadata.token = ConsistencyToken(
            epoch: LogEpoch(rawValue: 1), position: LogPosition(rawValue: 1))
        metadata.ageMilliseconds = 1
        var block = ByteBuffer()
        metadata.write(to: &block)
        metadataBlock = block
        bareWritten = BareAnswers(capacity: 32 << 10, metadataBlock: Array(block.readableBytesView))
    }

    func stage(batch: Int) -> Stage {
        Stage(
            name: "write_\(batch)", title: "answers into a buffer, \(batch) together",
            count: Workload.passCount, engine: { self.engine($0, batch) },
            bare: { self.bare($0, batch) })
    }

    private func engine(_ round: Int, _ batch: Int) -> UInt64 {
        let start = workload.slice(round).lowerBound
        reader.pin()
        defer { reader.unpin() }
        reader.lookUps.removeAll()
        for index in start..<start + batch {
            reader.lookUps.add(DocumentKey(workload.ids[index]), of: Workload.orders)
        }
        reader.findAll()
        var sum: UInt64 = 0
        for first in stride(from: 1, to: UInt32(Workload.passCount), by: batch) {
            written.clear()
            write(batch, from: first)
            sum &+= UInt64(written.readableBytes)
        }
        return sum
    }

    /// As `AnswerWriter` writes a run of documents as they are stored.
    private func write(_ count: Int, from stream: UInt32) {
        let lookUps = reader.lookUps
        var bodiesByteCount = 0
        for index in 0..<count { bodiesByteCount += lookUps[index]?.bodyByteCount ?? 0 }
        written.writeAnswers(
            .response, count: count, bodiesByteCount: bodiesByteCount,
            metadataBlock: metadataBlock
        ) { responses in
            for index in 0..<count {
                guard let document = lookUps[index] else { continue }
                unsafe responses.add(
                    stream &+ UInt32(truncatingIfNeeded: index),
                    encoding: document.encoding.rawValue,
                    rawByteCount: UInt32(truncatingIfNeeded: document.rawByteCount),
                    body: document.body)
            }
        }
    }

    private func bare(_ round: Int, _ batch: Int) -> UInt64 {
        let start = workload.slice(round).lowerBound
        var found = unsafe [BareTable.Record]()
        for index in start..<start + batch {
            guard let record = unsafe table.record(of: workload.ids[index]) else { continue }
            unsafe found.append(record)
        }
        var sum: UInt64 = 0
        for first in stride(from: 1, to: UInt32(Workload.passCount), by: batch) {
            bareWritten.removeAll()
            for index in unsafe found.indices {
                let record = unsafe found[index]
                unsafe bareWritten.add(
                    first &+ UInt32(truncatingIfNeeded: index), body: record.body,
                    count: record.byteCount)
            }
            sum &+= UInt64(bareWritten.byteCount)
        }
        return sum
    }
}
