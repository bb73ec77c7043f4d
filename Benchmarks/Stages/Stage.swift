/// A part of what a request costs, and the least that does the same work.
struct Stage {
    /// As the guard of `Scripts/bench` and its results call it.
    let name: String
    /// For people.
    let title: String
    /// How many requests, documents or pages a pass is about.
    let count: Int
    /// One pass of the engine's over a slice of the workload. What is returned depends on all that
    /// was done, and is the same for both.
    let engine: (Int) -> UInt64
    /// The same pass by a bare loop.
    let bare: (Int) -> UInt64
}

/// What the passes of one side took, each divided by how many it was about.
struct Passes: Encodable {
    private(set) var leastNanoseconds: Double
    private(set) var medianNanoseconds: Double

    init(_ nanoseconds: [UInt64], count: Int) {
        let sorted = nanoseconds.sorted()
        leastNanoseconds = Double(sorted[0]) / Double(count)
        medianNanoseconds = Double(sorted[sorted.count / 2]) / Double(count)
    }

    private enum CodingKeys: String, CodingKey {
        case leastNanoseconds = "least_ns"
        case medianNanoseconds = "median_ns"
    }
}

/// What one stage took.
struct Measured: Encodable {
    let name: String
    let title: String
    let engine: Passes
    let bare: Passes
}

extension Stage {
    /// Both sides in turn, every second round begun by the other, so that whatever else goes on in
    /// the machine and its caches is both sides' alike.
    func measured(rounds: Int) -> Measured {
        var times: (engine: [UInt64], bare: [UInt64]) = ([], [])
        // The first one warms up.
        for round in 0...rounds {
            let (first, second) = round.isMultiple(of: 2) ? (engine, bare) : (bare, engine)
            let start = threadNanoseconds()
            let firstSum = first(round)
            let middle = threadNanoseconds()
            let secondSum = second(round)
            let end = threadNanoseconds()
            precondition(firstSum == secondSum, "\(name): the two don't do the same work.")
            guard round > 0 else { continue }
            let (one, other) = (middle - start, end - middle)
            times.engine.append(round.isMultiple(of: 2) ? one : other)
            times.bare.append(round.isMultiple(of: 2) ? other : one)
        }
        return Measured(
            name: name, title: title, engine: Passes(times.engine, count: count),
            bare: Passes(times.bare, count: count))
    }
}
