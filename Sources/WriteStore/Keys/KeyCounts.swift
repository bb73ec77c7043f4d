/// How many answers are kept, of all addresses and of each; by part of 256, into which addresses
/// fall by a hash, so that what has to be remembered is bounded.
struct KeyCounts: Equatable {
    static let partCount = 256

    private(set) var total = 0
    private var countByPart = [Int](repeating: 0, count: partCount)
    /// The parts whose count has changed since ``forgetChanges()``.
    private(set) var changed: Set<Int> = []

    static func part(of address: String) -> Int {
        Int(StableHash.of(address) % UInt64(partCount))
    }

    subscript(part: Int) -> Int { countByPart[Self.index(of: part)] }

    /// - Parameters:
    ///   - count: what is kept, or no more; as a file says it, so any number is taken.
    ///   - part: likewise.
    mutating func add(_ count: Int, part: Int) {
        let index = Self.index(of: part)
        let before = countByPart[index]
        let after = before.addingReportingOverflow(count)
        countByPart[index] = after.overflow ? before : min(max(after.partialValue, 0), 1 << 48)
        total += countByPart[index] - before
        changed.insert(index)
    }

    private static func index(of part: Int) -> Int {
        Int(UInt(bitPattern: part) % UInt(partCount))
    }

    mutating func forgetChanges() { changed = [] }

    /// Whether one more may be kept: what is kept of the part counts again, so that an address
    /// alone gets half, and there is room for others.
    func hasRoom(part: Int, countMax: Int) -> Bool {
        total + self[part] < countMax
    }
}
