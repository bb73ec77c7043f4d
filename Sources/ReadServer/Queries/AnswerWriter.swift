import Compression
import DocumentStore
import NIOCore
import TandemCore
import TandemDomain
import Transport
import Wire
import WireMessages

/// Executes plans against the pinned store, and writes the answers.
final class AnswerWriter {
    private let model: ReadModel
    private let reader: DocumentReader
    let encodings: KnownEncodings
    /// The event loop's: 40 KiB are too much for each connection.
    private let inflater: DocumentInflater
    private let stamp: AnswerStamp
    private var metadata: Metadata { stamp.metadata }
    var metadataBlock: ByteBuffer { stamp.block }
    /// Items have none.
    private let noMetadata = ByteBuffer()

    /// A page ends early rather than outgrow this; its cursor leads on.
    private let pageByteCountMax: Int
    static let pageByteCountMax = 1 << 20
    /// Where each document is decoded and written as JSON, which is done in one turn of the event
    /// loop: about 5 ms.
    static let pageByteCountMaxOfJSON = 64 << 10

    init(
        model: ReadModel, tools: LoopTools, encodings: KnownEncodings, pageByteCountMax: Int
    ) {
        self.pageByteCountMax = pageByteCountMax
        self.model = model
        inflater = tools.inflater
        reader = tools.reader
        stamp = tools.stamp
        self.encodings = encodings
    }

    func write(_ plan: QueryPlan, _ stream: UInt32, to replies: inout ReplyWriter) -> Disposition {
        switch plan {
        case .get(let collection, let key):
            write(
                reader.document(collection: collection, key: key), of: collection, stream,
                to: &replies)
            return .answered
        case .first(let range):
            write(reader.first(range), of: range.collection, stream, to: &replies)
            return .answered
        case .many(let collection, let keys):
            writeMany(keys, of: collection, stream, to: &replies)
            return .paged
        case .page(let range, let after, let limit):
            writePage(
                range, after: after, limit: limit, stream, to: &replies,
                cursor: { Cursor.bytes(after: $0, of: range) })
            return .paged
        case .pageOf(let owner, let range, let after, let limit):
            do throws(Rejection) {
                if let owned = try range.owned(by: reader.first(owner)?.key, after: after) {
                    writePage(
                        owned, after: after, limit: limit, stream, to: &replies,
                        cursor: { Cursor.bytes(after: $0, of: range, owner: owner) })
                } else {
                    replies.end(stream, StreamEnd(), metadata: metadata)
                }
            } catch {
                replies.error(
                    stream, error, isNotProcessed: true, retryAfterMilliseconds: retryNever,
                    metadata: metadata)
            }
            return .paged
        }
    }

    func write(
        _ document: StoredDocument?, of collection: Int, _ stream: UInt32,
        to replies: inout ReplyWriter
    ) {
        guard let document else {
            replies.error(
                stream, .notFound(collection: model.collections[collection].name),
                isNotProcessed: false, retryAfterMilliseconds: retryNever, metadata: metadata)
            return
        }
        if isSentAsStored(document, collection: collection) {
            unsafe replies.response(
                stream, encoding: document.encoding.rawValue,
                rawByteCount: document.wireRawByteCount, metadataBlock: metadataBlock,
                body: document.body)
        } else if let raw = present(document, collection: collection) {
            replies.response(stream, body: raw, metadata: metadata)
        } else {
            replies.error(
                stream, .damagedDocument, isNotProcessed: false, metadata: metadata)
        }
    }

    private func writePage(
        _ range: IndexRange, after: DocumentKey?, limit: Int, _ stream: UInt32,
        to replies: inout ReplyWriter, cursor: (DocumentKey) -> [UInt8]
    ) {
        let start = replies.buffer.writerIndex
        var isDamaged = false
        let next = reader.scanRuns(range, after: after, limit: limit) { run in
            var index = 0
            while index < run.count, mayGoOn(from: start, replies) {
                let storedCount = writeStored(
                    run, from: index, of: range.collection, stream, start, to: &replies)
                index += storedCount
                guard storedCount == 0 else { continue }
                isDamaged = !writeItem(run[index], of: range.collection, stream, to: &replies)
                index += 1
                if isDamaged { break }
            }
            return (index, !isDamaged && mayGoOn(from: start, replies))
        }
        guard !isDamaged else { return writeDamage(stream, to: &replies) }
        var end = StreamEnd()
        if let next { end.nextCursor = .init(cursor(next)) }
        replies.end(stream, end, metadata: metadata)
    }

    /// Writes the next documents of a page that are sent as they are stored, up to a page's bytes.
    ///
    /// - Returns: How many they were.
    private func writeStored(
        _ run: ScanRun, from first: Int, of collection: Int, _ stream: UInt32, _ start: Int,
        to replies: inout ReplyWriter
    ) -> Int {
        let written = replies.buffer.writerIndex - start
        var bodiesByteCount = 0
        var end = first
        while end < run.count, isSentAsStored(run[end], collection: collection) {
            bodiesByteCount += run[end].bodyByteCount
            end += 1
            let byteCount = written + bodiesByteCount + (end - first) * FrameHeader.byteCount
            if byteCount >= pageByteCountMax || byteCount > replies.pageByteCountMax { break }
        }
        guard end > first else { return 0 }
        replies.buffer.writeAnswers(
            .item, count: end - first, bodiesByteCount: bodiesByteCount, metadataBlock: noMetadata
        ) { items in
            for index in first..<end {
                let document = run[index]
                unsafe items.add(
                    stream, encoding: document.encoding.rawValue,
                    rawByteCount: document.wireRawByteCount, body: document.body)
            }
        }
        return end - first
    }

    /// The documents that there are, up to a page's bytes: an answer that is short of some is a
    /// refusal, since nobody could tell.
    private func writeMany(
        _ keys: [DocumentKey], of collection: Int, _ stream: UInt32,
        to replies: inout ReplyWriter
    ) {
        let start = replies.buffer.writerIndex
        for key in keys {
            guard let document = reader.document(collection: collection, key: key) else { continue }
            guard mayGoOn(from: start, replies) else {
                replies.error(
                    stream, .answerTooLarge(byteCountMax: pageByteCountMax),
                    isNotProcessed: false, retryAfterMilliseconds: retryNever, metadata: metadata)
                return
            }
            guard writeItem(document, of: collection, stream, to: &replies) else {
                return writeDamage(stream, to: &replies)
            }
        }
        replies.end(stream, StreamEnd(), metadata: metadata)
    }

    private func mayGoOn(from start: Int, _ replies: borrowing ReplyWriter) -> Bool {
        let byteCount = replies.buffer.writerIndex - start
        return byteCount < pageByteCountMax && byteCount <= replies.pageByteCountMax
    }

    private func writeDamage(_ stream: UInt32, to replies: inout ReplyWriter) {
        replies.error(stream, .damagedDocument, isNotProcessed: false, metadata: metadata)
    }

    /// False if the document can't be read.
    private func writeItem(
        _ document: StoredDocument, of collection: Int, _ stream: UInt32,
        to replies: inout ReplyWriter
    ) -> Bool {
        if isSentAsStored(document, collection: collection) {
            unsafe replies.item(
                stream, encoding: document.encoding.rawValue,
                rawByteCount: document.wireRawByteCount, body: document.body)
            return true
        }
        guard let raw = present(document, collection: collection) else { return false }
        replies.beginItem(stream, bodyByteCount: raw.count)
        replies.buffer.writeBytes(raw)
        return true
    }

    /// Nearly always: unless the connection can't read the encoding, or a fan-out is pending.
    private func isSentAsStored(_ document: StoredDocument, collection: Int) -> Bool {
        guard encodings.contains(document.encoding) else { return false }
        guard let overlay = reader.overlay else { return true }
        return !overlay.covers(document, collection: collection)
    }

    /// The document as it is now, without compression; `nil` if it is damaged, which the log is
    /// told.
    private func present(_ document: StoredDocument, collection: Int) -> [UInt8]? {
        let raw: [UInt8]
        do throws(InflateError) { raw = try inflate(document) } catch {
            note(document, collection, "it does not inflate (\(error))")
            return nil
        }
        guard let overlay = reader.overlay, overlay.covers(document, collection: collection)
        else { return raw }
        guard let present = overlay.present(raw, of: document, collection: collection) else {
            note(document, collection, "a change that is pending can't be applied to it")
            return nil
        }
        return present
    }

    private func note(_ document: StoredDocument, _ collection: Int, _ reason: String) {
        model.damage.note(
            document.key, of: model.collections[collection].name, because: reason)
    }

    private func inflate(_ document: StoredDocument) throws(InflateError) -> [UInt8] {
        if document.encoding == .identity { return unsafe Array(document.body) }
        let number = Int(document.encoding.rawValue) - Int(EncodingID.firstDictionary)
        let dictionaries = model.store.dictionaries
        let dictionary = number >= 0 && number < dictionaries.count ? dictionaries[number] : nil
        return try unsafe inflater.inflate(
            document.body, rawByteCount: document.rawByteCount, dictionary: dictionary)
    }
}

extension StoredDocument {
    /// The header's `b`: the raw length, if the body is encoded.
    var wireRawByteCount: UInt32 {
        encoding == .identity ? 0 : UInt32(clamping: rawByteCount)
    }
}
