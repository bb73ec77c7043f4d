import Compression
import DocumentStore

/// Compresses one collection's documents, and finds it a better dictionary as it grows.
struct CollectionCompressor {
    private let plan: TrainingPlan
    private var deflater: DocumentDeflater
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
            deflater = DocumentDeflater(dictionary: dictionaries[number])
            encoding = .dictionary(number)
            // After a restart: whatever brought it this dictionary is not done again.
            trainingCount = plan.documentCounts.prefix { $0 <= documentCount }.count
        } else {
            deflater = DocumentDeflater(dictionary: nil)
            encoding = .zlib
        }
    }

    /// The document, of ``StoredBody/byteCountMax`` bytes at most, as it should be stored.
    mutating func compress(_ raw: [UInt8]) -> StoredBody {
        if raw.count >= plan.documentByteCountMin {
            if trainingCount < plan.documentCounts.count { samples.add(raw) }
            let bytes = deflater.deflate(raw)
            if bytes.count < raw.count {
                return StoredBody(encoding: encoding, rawByteCount: raw.count, bytes: bytes)
            }
        }
        return StoredBody(encoding: .identity, rawByteCount: raw.count, bytes: raw)
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
        deflater = DocumentDeflater(dictionary: better)
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
            present += deflater.deflate(samples[index]).count
            possible += candidate.deflate(samples[index]).count
        }
        let isWorthIt = Double(possible) <= Double(present) * (1 - plan.gainMin)
        return isWorthIt ? dictionary : nil
    }
}
