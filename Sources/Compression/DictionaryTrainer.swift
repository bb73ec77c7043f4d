/// Makes a preset dictionary from sample documents.
///
/// The method is that of COVER (Liao, Petri, Moffat, Wirth: "Effective construction of relative
/// Lempel-Ziv dictionaries", 2016), as in Zstandard's trainer: count how many samples each short
/// string of bytes occurs in, then pick the segments that cover the most occurrences, counting each
/// string once.
package enum DictionaryTrainer {
    /// A dictionary of at most `byteCountMax` bytes for documents like `samples`.
    ///
    /// Pure and deterministic. Empty if the samples have nothing in common. Takes time in
    /// proportion to the samples' bytes, about 15 ms for a megabyte.
    package static func train(samples: [[UInt8]], byteCountMax: Int) -> [UInt8] {
        var corpus = TrainingCorpus(samples: samples)
        let segments = corpus.pickSegments(byteCountMax: byteCountMax)
        // The best last: zlib encodes short distances in fewer bits, and a document begins right
        // behind the dictionary.
        return segments.reversed().flatMap { corpus.bytes[$0] }
    }
}
