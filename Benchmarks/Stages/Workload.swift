import DocumentStore
import NIOCore
import Orders
import OrdersMessages
import TandemCore
import TandemDomain
import Wire

/// The documents of a run, and what is asked of them: always the same for the same count.
struct Workload {
    /// Orders 1 to this.
    let documentCount: Int
    /// The ids that are asked for, at random.
    let ids: [UInt64]
    /// For each of them a REQUEST for the order, one behind the other, on streams 1 and up.
    let requests: ByteBuffer
    /// Where each begins, and the last one ends.
    private let offsets: [Int]

    /// How many a pass is about: what it takes is long against the clock's steps, and short
    /// against the turns that processes get.
    static let passCount = 1 << 15
    static let pageCountOfPass = 1 << 12
    static let pageSize = 20
    private static let passes = 16
    private static let ordersOfUser = 50

    init(documentCount: Int) {
        self.documentCount = documentCount
        var random = Numbers(seed: 4_711)
        var ids: [UInt64] = []
        var requests = ByteBuffer()
        var offsets = [0]
        for stream in 1...UInt32(Self.passCount * Self.passes) {
            let id = random.next() % UInt64(documentCount) + 1
            ids.append(id)
            var body = ByteBuffer()
            body.writeInteger(UInt8(8))
            body.writeVarint(id)
            requests.writeFrame(.request, stream: stream, body: body)
            offsets.append(requests.writerIndex)
        }
        (self.ids, self.requests, self.offsets) = (ids, requests, offsets)
    }

    /// Which ids a round is about: the next round's are others, and so not in the caches.
    func slice(_ round: Int) -> Range<Int> {
        let start = round % Self.passes * Self.passCount
        return start..<start + Self.passCount
    }

    /// The requests for some of the ids.
    func requests(_ slice: Range<Int>) -> ByteBuffer {
        let (start, end) = (offsets[slice.lowerBound], offsets[slice.upperBound])
        guard let some = requests.getSlice(at: start, length: end - start) else {
            preconditionFailure("A slice of the requests is asked for that there isn't.")
        }
        return some
    }

    // MARK: - Documents

    var userCount: Int { max(1, documentCount / Self.ordersOfUser) }

    /// Whose orders a page is about.
    func user(of id: UInt64) -> UInt64 { id % UInt64(userCount) + 1 }

    /// As long as orders are when they are compressed: 100 to 227 bytes, 164 on average.
    func bodyByteCount(of id: UInt64) -> Int { 100 + Int((id &* 0x9E37_79B9_7F4A_7C15) >> 57) }

    /// A body's bytes don't matter: nobody unpacks it.
    func body(of id: UInt64) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: id), count: bodyByteCount(of: id))
    }

    /// All documents with the keys of all indexes that orders have, some thousand at a time.
    func forEachChunk<Failure: Error>(
        _ body: ([DocumentChange], LogPosition) throws(Failure) -> Void
    ) throws(Failure) {
        var start = 1
        while start <= documentCount {
            let end = min(documentCount + 1, start + 20_000)
            try body(
                (start..<end).map { change(UInt64($0)) }, LogPosition(rawValue: UInt64(end - 1)))
            start = end
        }
    }

    private func change(_ id: UInt64) -> DocumentChange {
        var order = Tandem_Orders_V1_Order()
        order.orderID = id
        order.userID = user(of: id)
        order.status = .placed
        order.createdAtUs = Int64(id) * 1_000
        order.totalMinor = Int64(id % 100_000)
        let bytes = body(of: id)
        return DocumentChange(
            collection: Self.orders, key: order.documentKey,
            content: .put(
                StoredBody(encoding: .zlib, rawByteCount: bytes.count * 3, bytes: bytes),
                indexKeys: order.indexKeys()), position: LogPosition(rawValue: id))
    }

    /// The domain's number of the collection, and of the index of a user's orders.
    static let orders = 0
    static let byUser = 0
}

/// SplitMix64: small, and the same everywhere.
private struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension ByteBuffer {
    fileprivate mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        writeInteger(UInt8(truncatingIfNeeded: rest))
    }
}
