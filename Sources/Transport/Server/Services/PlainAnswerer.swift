package import ConnectionState

/// A service that answers plain calls (``PlainCall``) many at a time, so that what they have in
/// common is done once, and their cache misses overlap.
package protocol PlainAnswerer: AnyObject {
    /// Its numbers of the methods that may be called so: unary, without effect, answered at once.
    var plainMethods: Set<Int> { get }

    /// Whether it answers any in this batch; asked once, when the batch has begun.
    var answersPlainly: Bool { get }

    /// Answers calls from the first on, in their order, between
    /// ``ConnectionService/batchBegan(now:)`` and ``ConnectionService/batchEnded()``. Stops before
    /// one that it had rather answer alone, be it the first.
    ///
    /// - Parameters:
    ///   - bytes: what the offsets of the calls' bodies lead into.
    ///   - frameLengthMax: a longer answer is not given here: it may be more than the client takes.
    ///   - byteCountMax: answers that take so many bytes are enough; the one that reaches it is the
    ///     last.
    /// - Returns: How many were answered.
    func answer(
        _ calls: Span<PlainCall>, in bytes: RawSpan, frameLengthMax: Int,
        byteCountMax: Int, replies: inout ReplyWriter
    ) -> Int
}
