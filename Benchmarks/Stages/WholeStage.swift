import ConnectionState
import DocumentStore
import NIOCore
import TandemDomain
import Transport
import Wire

/// A batch from its bytes to its answers' bytes, by the query port's own object for a connection:
/// what its channel's handler does with it between a read and a flush.
///
/// On the connection's event loop only, which does nothing else meanwhile.
final class WholeStage {
    private let workload: Workload
    private let service: any ConnectionService
    private let answerer: any PlainAnswerer
    private let requests: RequestReader
    private let table: BareTable
    private var replies = ReplyWriter(buffer: ByteBuffer(), errorDomain: "")
    private var bareWritten: BareAnswers

    /// `nil` if the service doesn't know the short way.
    init?(
        _ workload: Workload, _ domain: CheckedDomain, _ service: any ConnectionService,
        _ table: BareTable
    ) {
        guard let answerer = service as? any PlainAnswerer else { return nil }
        self.workload = workload
        self.service = service
        self.answerer = answerer
        self.table = table
        requests = RequestReader(domain)
        // What every answer says of itself takes as many bytes here as there.
        bareWritten = BareAnswers(capacity: 32 << 10, metadataBlock: [])
        let block = metadataByteCount()
        bareWritten = BareAnswers(
            capacity: 32 << 10, metadataBlock: [UInt8](repeating: 0, count: block))
    }

    func stage(batch: Int) -> Stage {
        Stage(
            name: "all_\(batch)", title: "all of it, \(batch) together",
            count: Workload.passCount, engine: { self.engine($0, batch) },
            bare: { self.bare($0, batch) })
    }

    private func engine(_ round: Int, _ batch: Int) -> UInt64 {
        requests.open()
        var received = workload.requests(workload.slice(round))
        var sum: UInt64 = 0
        while received.readableBytes > 0 {
            received.moveReaderIndex(forwardBy: answer(received, batch))
            sum &+= UInt64(replies.buffer.readableBytes)
        }
        return sum
    }

    /// - Returns: How many bytes the requests had that were answered.
    private func answer(_ received: ByteBuffer, _ batch: Int) -> Int {
        replies.buffer.clear()
        service.batchBegan(now: MonotonicTime(nanoseconds: 1))
        defer { service.batchEnded() }
        let bytes = received.readableBytesSpan
        let count = requests.read(batch, of: bytes)
        let calls = unsafe UnsafeBufferPointer(rebasing: requests.calls[..<count])
        let answered = unsafe answerer.answer(
            calls.span, in: bytes, frameLengthMax: Int(Agreement.frameLengthFloor),
            byteCountMax: .max / 2, replies: &replies)
        precondition(answered == count && count > 0, "A request is not answered plainly.")
        requests.answered(count)
        return unsafe requests.calls[count - 1].end
    }

    private func bare(_ round: Int, _ batch: Int) -> UInt64 {
        let received = workload.requests(workload.slice(round))
        return unsafe received.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            return unsafe withUnsafeTemporaryAllocation(of: BareRequest.self, capacity: batch) {
                unsafe bare(start, bytes.count, $0)
            }
        }
    }

    private func bare(
        _ bytes: UnsafeRawPointer, _ byteCount: Int,
        _ some: UnsafeMutableBufferPointer<BareRequest>
    ) -> UInt64 {
        var offset = 0
        var sum: UInt64 = 0
        while offset < byteCount {
            var count = 0
            while count < some.count, offset < byteCount {
                let request = unsafe BareRequest(bytes, at: offset)
                unsafe some.initializeElement(at: count, to: request)
                unsafe table.expectSlot(of: request.id)
                unsafe offset = request.end
                count &+= 1
            }
            for index in 0..<count { unsafe table.expectRecord(of: some[index].id) }
            bareWritten.removeAll()
            for index in 0..<count {
                guard let record = unsafe table.record(of: some[index].id) else { continue }
                unsafe bareWritten.add(
                    some[index].stream, body: record.body, count: record.byteCount)
            }
            sum &+= UInt64(bareWritten.byteCount)
        }
        return sum
    }

    /// The bytes of an answer that are neither its header nor its document.
    private func metadataByteCount() -> Int {
        _ = answer(workload.requests(workload.slice(0)), 1)
        return replies.buffer.readableBytes - FrameHeader.byteCount
            - workload.bodyByteCount(of: workload.ids[0])
    }
}
