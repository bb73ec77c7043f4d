/// When a collection gets a preset dictionary, and what it has to be good for.
package struct TrainingPlan: Sendable {
    /// A dictionary is trained when a collection reaches each of these numbers of documents.
    package var documentCounts = [1_000, 20_000]
    /// Trained on this many of the newest documents.
    package var sampleCountMax = 2_000
    /// 32 KiB is all that zlib can look back at.
    package var dictionaryByteCountMax = 32_768
    /// A new dictionary must save at least this share of what its documents take without it.
    package var gainMin = 0.05
    /// Smaller documents are stored as they are: zlib's own 10 bytes would eat the gain.
    package var documentByteCountMin = 64

    package init() {}
}
