import DocumentStore
import TandemCore

/// Decoded documents that were asked for lately, up to a weight.
///
/// Two generations: what is used moves to the young one, and when that is full, it becomes the old
/// one and the old one is dropped. So whatever was used within the last half of the weight stays,
/// and nothing has to be kept in order.
struct DocumentCache {
    private var young: [DocumentKey: Entry] = [:]
    private var old: [DocumentKey: Entry] = [:]
    private var youngWeight = 0
    private let youngWeightMax: Int

    struct Entry {
        let document: DocumentBox
        /// Up to where it reflects the log.
        let through: LogPosition
        let weight: Int
    }

    /// What an entry takes besides its document's bytes, roughly.
    private static let entryByteCount = 128

    /// - Parameter byteCountMax: of documents as encoded, plus about 128 for each.
    init(byteCountMax: Int) {
        youngWeightMax = byteCountMax / 2
    }

    mutating func entry(_ key: DocumentKey) -> Entry? {
        if let entry = young[key] { return entry }
        guard let entry = old[key] else { return nil }
        insert(entry, key: key)
        return entry
    }

    mutating func insert(
        _ document: DocumentBox, key: DocumentKey, through: LogPosition, rawByteCount: Int
    ) {
        insert(
            Entry(
                document: document, through: through, weight: rawByteCount + Self.entryByteCount),
            key: key)
    }

    mutating func remove(_ key: DocumentKey) {
        if let entry = young.removeValue(forKey: key) { youngWeight -= entry.weight }
        old.removeValue(forKey: key)
    }

    func contains(_ key: DocumentKey) -> Bool {
        young[key] != nil || old[key] != nil
    }

    private mutating func insert(_ entry: Entry, key: DocumentKey) {
        if let replaced = young.updateValue(entry, forKey: key) { youngWeight -= replaced.weight }
        youngWeight += entry.weight
        guard youngWeight > youngWeightMax else { return }
        old = young
        young = [:]
        youngWeight = 0
    }
}
