/// The newest documents of a collection, to train a dictionary on.
struct SampleRing {
    private(set) var samples: [[UInt8]] = []
    private var next = 0
    private let countMax: Int

    init(countMax: Int) {
        self.countMax = countMax
    }

    mutating func add(_ raw: [UInt8]) {
        if samples.count < countMax {
            samples.append(raw)
        } else if countMax > 0 {
            samples[next] = raw
            next = (next + 1) % countMax
        }
    }

    mutating func removeAll() {
        samples = []
        next = 0
    }
}
