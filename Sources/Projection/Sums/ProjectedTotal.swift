/// A document that holds a sum over documents of another type: see `Summation`.
public protocol ProjectedTotal: ProjectedDocument, Equatable {
    /// A total that nothing has been added to.
    init()

    /// Adds a part, with `sign` -1 takes one off again; takes its key over, too.
    ///
    /// Parts are totals themselves: those of several documents are added up first. So the order
    /// must make no difference, and what was added and taken off no trace. Sums that grow over
    /// their type's width have to wrap (`&+=`): a trap would end the process, at each start again.
    ///
    /// A text that tells sums apart belongs in the key: others are compared as Swift compares them.
    /// What isn't taken off again (a first time, say) is only right where a total has one source,
    /// and its documents are never removed.
    mutating func add(_ part: Self, sign: Int64)

    /// Whether nothing is left in it, all of its sums being 0: then it isn't kept. A count alone
    /// says so only if each part, of each source, counts 1.
    var isEmpty: Bool { get }
}
