import TestSupport

/// Documents that resemble one another as real ones do, the same for the same seed.
enum SampleDocuments {
    static func make(count: Int, seed: UInt64) -> [[UInt8]] {
        var generator = SeededGenerator(seed: seed)
        let words = (0..<64).map { "product number \($0) of the catalogue, 12 OZ;" }
        return (0..<count).map { number in
            var text = "order \(number);user household-\(number % 50)@example.org;USD;"
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                text += words[Int.random(in: 0..<words.count, using: &generator)]
                text += "\(Int.random(in: 1...9_999, using: &generator));"
            }
            return Array(text.utf8)
        }
    }

    /// Bytes that nothing can compress.
    static func noise(byteCount: Int, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}
