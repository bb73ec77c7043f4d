import ConnectionState
import DocumentStore
import NIOCore
import Transport
import Wire

/// The answers to plain calls: one run of memory for as many of them as are sent as stored.
extension AnswerWriter {
    /// Writes what was looked up for calls, up to a document that takes a longer frame.
    ///
    /// - Returns: How many were written.
    func write(
        _ lookUps: LookUps, _ calls: Span<PlainCall>, frameLengthMax: Int, byteCountMax: Int,
        to replies: inout ReplyWriter
    ) -> Int {
        let bodyByteCountMax =
            frameLengthMax - FrameHeader.byteCount - metadataBlock.readableBytes
        let end = replies.buffer.writerIndex + byteCountMax
        var index = 0
        while index < lookUps.count, replies.buffer.writerIndex < end {
            let stored = storedRun(
                lookUps, from: index, bodyByteCountMax, end - replies.buffer.writerIndex)
            if stored.count > 0 {
                write(stored, lookUps, calls, to: &replies)
                index += stored.count
            } else {
                let document = lookUps[index]
                // Stored, it would have been written above; this one is inflated.
                if let document, document.bodyByteCount > bodyByteCountMax
                    || document.rawByteCount > bodyByteCountMax
                { return index }
                write(document, of: lookUps.collection(index), calls[index].stream, to: &replies)
                index += 1
            }
        }
        return index
    }

    /// Documents found one behind the other that are sent as they are stored.
    private struct StoredRun {
        let start: Int
        var count = 0
        var bodiesByteCount = 0
    }

    private func storedRun(
        _ lookUps: LookUps, from start: Int, _ bodyByteCountMax: Int, _ byteCountMax: Int
    ) -> StoredRun {
        let headByteCount = FrameHeader.byteCount + metadataBlock.readableBytes
        var run = StoredRun(start: start)
        for index in start..<lookUps.count {
            guard let document = lookUps[index], encodings.contains(document.encoding),
                document.bodyByteCount <= bodyByteCountMax
            else { break }
            run.count += 1
            run.bodiesByteCount += document.bodyByteCount
            if run.bodiesByteCount + run.count * headByteCount >= byteCountMax { break }
        }
        return run
    }

    private func write(
        _ run: StoredRun, _ lookUps: LookUps, _ calls: Span<PlainCall>,
        to replies: inout ReplyWriter
    ) {
        replies.buffer.writeAnswers(
            .response, count: run.count, bodiesByteCount: run.bodiesByteCount,
            metadataBlock: metadataBlock
        ) { responses in
            for index in run.start..<run.start + run.count {
                guard let document = lookUps[index] else { continue }
                unsafe responses.add(
                    calls[index].stream, encoding: document.encoding.rawValue,
                    rawByteCount: document.wireRawByteCount, body: document.body)
            }
        }
    }
}
