/// A connection's open calls, each at a place of its own, which is its tag in the state: found
/// without hashing.
struct OpenCalls {
    private var places: [ClientCall?] = []
    private var free: [Int] = []

    /// Where the next one comes to stand.
    var next: Int { free.last ?? places.count }

    subscript(place: Int) -> ClientCall? { places[place] }

    /// Puts a call at ``next``.
    mutating func add(_ call: ClientCall) {
        guard let place = free.popLast() else { return places.append(call) }
        places[place] = call
    }

    /// Others may come to stand there then.
    mutating func remove(at place: Int) -> ClientCall? {
        guard let call = places[place] else { return nil }
        places[place] = nil
        free.append(place)
        return call
    }

    mutating func removeAll() { (places, free) = ([], []) }

    /// Those that are wanted, the oldest first.
    func all(where isWanted: (ClientCall) -> Bool = { _ in true }) -> [ClientCall] {
        places.compactMap { $0.flatMap { isWanted($0) ? $0 : nil } }
            .sorted { ($0.stream ?? 0) < ($1.stream ?? 0) }
    }
}
