/// The newest documents of a collection, to train a dictionary on: bounded in number and in bytes.
struct SampleRing {
    private var held: [[UInt8]] = []
    /// Those before it were let go.
    private var start = 0
    private(set) var byteCount = 0
    private let countMax: Int

    /// Training takes five times as much, for about 30 ms.
    static let byteCountMax = 2 << 20
    /// A dictionary has 32 KiB: what stands further behind in a document helps few others.
    static let sampleByteCountMax = 16 << 10

    init(countMax: Int) {
        self.countMax = countMax
    }

    /// In the order in which they came.
    var samples: [[UInt8]] { Array(held[start...]) }

    var count: Int { held.count - start }

    /// Whether it can't hold much more, however few the documents are.
    var isFull: Bool { byteCount >= Self.byteCountMax - Self.sampleByteCountMax }

    mutating func add(_ raw: [UInt8]) {
        let sample =
            raw.count <= Self.sampleByteCountMax ? raw : Array(raw[..<Self.sampleByteCountMax])
        held.append(sample)
        byteCount += sample.count
        while count > countMax || byteCount > Self.byteCountMax {
            byteCount -= held[start].count
            held[start] = []
            start += 1
        }
        // Now and then: to take the first off moves all others.
        if start > max(countMax, 1) {
            held.removeFirst(start)
            start = 0
        }
    }

    mutating func removeAll() {
        held = []
        start = 0
        byteCount = 0
    }
}
