import Compression
import DocumentStore
import TandemCore

/// Compresses one collection's documents, and finds it a better dictionary as it grows.
struct CollectionCompressor {
    private let plan: TrainingPlan
    /// One for each lane.
    private var deflaters: [DocumentDeflater]
    private var encoding: StoredEncoding
    private var samples: SampleRing
    /// How many of the plan's trainings have been done, or decided against.
    private var trainingCount = 0

    /// - Parameters:
    ///   - number: the dictionary that the collection has, in the store's count, if it has one.
    init(
        plan: TrainingPlan, number: Int?, dictionaries: [CompressionDictionary], documentCount: Int
    ) {
        self.plan = plan
        samples = SampleRing(countMax: plan.sampleCountMax)
        if let number, dictionaries.indices.contains(number) {
            deflaters = Self.deflaters(dictionaries[number])
            encoding = .dictionary(number)
            // After a restart: whatever brought it this dictionary is not done again.
            trainingCount = plan.documentCounts.prefix { $0 <= documentCount }.count
        } else {
            deflaters = Self.deflaters(nil)
            encoding = .zlib
        }
    }

    private static func deflaters(_ dictionary: CompressionDictionary?) -> [DocumentDeflater] {
        (0..<Parallel.laneCount).map { _ in DocumentDeflater(dictionary: dictionary) }
    }

    /// The document, of ``StoredBody/byteCountMax`` bytes at most, as it should be stored.
    func compress(_ raw: [UInt8], lane: Int) -> StoredBody {
        if raw.count >= plan.documentByteCountMin {
            let bytes = deflaters[lane].deflate(raw)
            if bytes.count < raw.count {
                return StoredBody(encoding: encoding, rawByteCount: raw.count, bytes: bytes)
            }
        }
        return StoredBody(encoding: .identity, rawByteCount: raw.count, bytes: raw)
    }

    /// Whether there is a training ahead.
    var wantsSamples: Bool { trainingCount < plan.documentCounts.count }

    /// Keeps a document for the next training, unless it is too short to be compressed.
    mutating func keepSample(_ raw: [UInt8]) {
        if raw.count >= plan.documentByteCountMin { samples.add(raw) }
    }

    /// Trains a dictionary if the plan says so, and takes it if it is better than what there is.
    /// Between batches, on the writer's thread.
    mutating func trainIfDue(documentCount: Int, store: DocumentStore) {
        guard trainingCount < plan.documentCounts.count,
            documentCount >= plan.documentCounts[trainingCount],
            samples.isFull
                || samples.count >= min(plan.sampleCountMax, plan.documentCounts[trainingCount]) / 2
        else { return }
        trainingCount = plan.documentCounts.prefix { $0 <= documentCount }.count
        defer { if trainingCount == plan.documentCounts.count { samples.removeAll() } }
        guard store.dictionaries.count < StoredEncoding.dictionaryCountMax,
            let better = betterDictionary()
        else { return }
        encoding = store.addDictionary(better)
        deflaters = Self.deflaters(better)
    }

    /// A dictionary made of seven samples of eight and found good on the eighth.
    private func betterDictionary() -> CompressionDictionary? {
        let samples = samples.samples
        let learned = samples.indices.filter { $0 % 8 != 0 }.map { samples[$0] }
        let bytes = DictionaryTrainer.train(
            samples: learned, byteCountMax: plan.dictionaryByteCountMax)
        guard !bytes.isEmpty else { return nil }
        let dictionary = CompressionDictionary(bytes: bytes)
        let candidate = DocumentDeflater(dictionary: dictionary)
        var present = 0
        var possible = 0
        for index in stride(from: 0, to: samples.count, by: 8) {
            present += deflaters[0].deflate(samples[index]).count
            possible += candidate.deflate(samples[index]).count
        }
        let isWorthIt = Double(possible) <= Double(present) * (1 - plan.gainMin)
        return isWorthIt ? dictionary : nil
    }
}
