import EventModel

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
    private var turns: [String: UInt64] = [:]

    /// Who lacks no more than this many events is live: one batch makes it complete.
    static let liveEventCountMax: UInt64 = 1_024
    /// Live positions that are served before somebody else has a turn.
    static let livePositionCountMax = 8
    /// Addresses whose last turn is known.
    private static let turnCountMax = 4_096

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ request: FeedRequest) {
        lastNumber += 1
        entries[request.after, default: []].append(Entry(request: request, number: lastNumber))
    }

    /// Takes the live requests, those nearest to the head first: whoever keeps up waits for nobody
    /// who doesn't.
    mutating func takeLive(head: LogPosition) -> [[FeedRequest]] {
        let near = entries.keys.filter {
            $0 < head && head.rawValue - $0.rawValue <= Self.liveEventCountMax
        }
        return near.sorted(by: >).prefix(Self.livePositionCountMax).map { take($0) }
    }

    /// Takes the requests at one position below the head: that of the oldest request of the address
    /// that has had no turn for the longest time. So an address has its share however many
    /// subscriptions another has. O(requests).
    mutating func takeNextBehind(head: LogPosition) -> [FeedRequest]? {
        var next: (turn: UInt64, number: UInt64, request: FeedRequest)?
        for (position, entries) in entries where position < head {
            for entry in entries {
                let turn = turns[entry.request.address] ?? 0
                if let next, (next.turn, next.number) < (turn, entry.number) { continue }
                next = (turn, entry.number, entry.request)
            }
        }
        guard let next else { return nil }
        if turns.count >= Self.turnCountMax { turns = [:] }
        lastNumber += 1
        turns[next.request.address] = lastNumber
        return take(next.request.after)
    }

    /// Takes those that have all there is.
    mutating func takeComplete(head: LogPosition) -> [FeedRequest] {
        entries.keys.filter { $0 >= head }.flatMap { take($0) }
    }

    /// Forgets everything.
    mutating func removeAll() {
        entries = [:]
    }

    /// Without those that have ended.
    private mutating func take(_ position: LogPosition) -> [FeedRequest] {
        (entries.removeValue(forKey: position) ?? []).map(\.request)
            .filter { !$0.interest.hasEnded }
    }
}
