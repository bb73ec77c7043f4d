/// A document that holds a sum over documents of another type: see `Summation`.
public protocol ProjectedTotal: ProjectedDocument, Equatable {
    /// A total that nothing has been added to.
    init()

    /// Adds a part, with `sign` -1 takes one off again; takes its key over, too.
    ///
    /// Parts are totals themselves: those of several documents are added up first. So the order
    /// must make no difference, and what was added and taken off no trace. Sums that grow over
    /// their type's width have to wrap (`&+=`): a trap would end the process, at each start again.
    mutating func add(_ part: Self, sign: Int64)

    /// Whether nothing is left in it: then it isn't kept.
    var isEmpty: Bool { get }
}
