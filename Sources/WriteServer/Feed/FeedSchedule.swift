import TandemCore

/// The requests that wait for a batch, and which of them are next. Pure.
///
/// Those at one position are answered together, with one batch. Nearly all subscribers that keep
/// up are at one: the last head.
struct FeedSchedule {
    private struct Entry {
        let request: FeedRequest
        let number: UInt64
    }

    private var entries: [LogPosition: [Entry]] = [:]
    private var lastNumber: UInt64 = 0
    /// Since those that have ended were forgotten.
    private var addedCount = 0
    private var turns: [String: UInt64] = [:]

    /// Who lacks no more than this many events is live: one batch makes it complete.
    static let liveEventCountMax: UInt64 = 1_024
    /// Live positions that are served before somebody else has a turn.
    static let livePositionCountMax = 8
    /// Addresses whose last turn is known.
    private static let turnCountMax = 4_096

    /// Requests that are added before those that have ended are looked for: to begin and to end a
    /// subscription costs its peer next to nothing.
    static let addedCountMax = 4_096

    /// How many wait, those included that have ended and are not forgotten yet. O(positions).
    var count: Int { entries.values.reduce(0) { $0 + $1.count } }

    mutating func add(_ request: FeedRequest) {
        addedCount += 1
        if addedCount > Self.addedCountMax { forgetEnded() }
        lastNumber += 1
        entries[request.after, default: []].append(Entry(request: request, number: lastNumber))
    }

    /// Where live requests are whose addresses have room, those nearest to the head first: whoever
    /// keeps up waits for nobody who doesn't.
    func livePositions(
        head: LogPosition, where hasRoom: (_ address: String) -> Bool
    ) -> [LogPosition] {
        let near = entries.filter { position, entries in
            position < head && head.rawValue - position.rawValue <= Self.liveEventCountMax
                && entries.contains { hasRoom($0.request.address) }
        }
        return Array(near.keys.sorted(by: >).prefix(Self.livePositionCountMax))
    }

    /// Takes the requests at one position below the head: that of the oldest request of the address
    /// that has room, and has had no turn for the longest time. So an address has its share however
    /// many subscriptions another has. O(requests).
    mutating func takeNextBehind(
        head: LogPosition, where hasRoom: (_ address: String) -> Bool
    ) -> [FeedRequest]? {
        var rooms: [String: Bool] = [:]
        var next: (turn: UInt64, number: UInt64, request: FeedRequest)?
        for (position, entries) in entries where position < head {
            for entry in entries {
                let turn = turns[entry.request.address] ?? 0
                if let next, (next.turn, next.number) < (turn, entry.number) { continue }
                let address = entry.request.address
                let mayTake = rooms[address] ?? hasRoom(address)
                rooms[address] = mayTake
                guard mayTake else { continue }
                next = (turn, entry.number, entry.request)
            }
        }
        guard let next else { return nil }
        if turns.count >= Self.turnCountMax { turns = [:] }
        lastNumber += 1
        turns[next.request.address] = lastNumber
        return take(next.request.after, where: hasRoom)
    }

    /// Takes those that have all there is.
    mutating func takeComplete(head: LogPosition) -> [FeedRequest] {
        entries.keys.filter { $0 >= head }.flatMap { take($0) }
    }

    /// Forgets everything.
    mutating func removeAll() {
        entries = [:]
    }

    /// Takes the requests at a position whose addresses have room; without those that have ended.
    mutating func take(
        _ position: LogPosition, where hasRoom: (_ address: String) -> Bool = { _ in true }
    ) -> [FeedRequest] {
        var waiting = entries.removeValue(forKey: position) ?? []
        waiting.removeAll { $0.request.interest.hasEnded }
        // Asked once for each address: what it holds may change meanwhile.
        var rooms: [String: Bool] = [:]
        for entry in waiting where rooms[entry.request.address] == nil {
            rooms[entry.request.address] = hasRoom(entry.request.address)
        }
        let left = waiting.filter { rooms[$0.request.address] == false }
        if !left.isEmpty { entries[position] = left }
        return waiting.filter { rooms[$0.request.address] == true }.map(\.request)
    }

    /// Whether requests below the head are left: those without room. Forgets those that have ended.
    mutating func hasBehind(head: LogPosition) -> Bool {
        forgetEnded()
        return entries.keys.contains { $0 < head }
    }

    /// O(requests).
    private mutating func forgetEnded() {
        addedCount = 0
        entries = entries.mapValues { $0.filter { !$0.request.interest.hasEnded } }
            .filter { !$0.value.isEmpty }
    }
}
