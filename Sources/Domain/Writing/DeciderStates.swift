import EventModel
import EventStore
import SwiftProtobuf

/// The states that deciders have folded lately, and their snapshots. Writer's thread only.
final class DeciderStates {
    private let events: EventRegistry
    private let history: StreamHistory
    private var recent: [StreamID: Folded] = [:]
    private var recentByteCount = 0
    /// Those that the running command has asked for: its events are in them, and may be undone.
    private var asked: Set<StreamID> = []

    private struct Folded {
        let state: any Message
        let version: Int64
        /// What folding began with, and what has been folded since, about.
        let byteCount: Int
    }

    /// When they are more, all are let go: folding goes on from snapshots.
    private static let recentByteCountMax = 16 << 20

    init(_ connection: WriteConnection, events: EventRegistry) throws(StorageError) {
        self.events = events
        history = try StreamHistory(connection)
    }

    func commandBegan() {
        asked.removeAll(keepingCapacity: true)
    }

    /// What the running command has done was taken back.
    func commandWasUndone() {
        for stream in asked { forget(stream) }
        asked.removeAll(keepingCapacity: true)
    }

    /// What a whole group of commands has done was taken back.
    func groupWasUndone() {
        recent = [:]
        recentByteCount = 0
        asked = []
    }

    func state<State: Message>(of decider: Decider<State>, _ stream: StreamID) throws -> State? {
        asked.insert(stream)
        var (state, folded) = try beginning(of: decider, stream)
        let start = folded
        try history.events(of: stream, after: folded.version) { version, type, payload in
            guard let event = try events.event(type, payload) else {
                throw CommandMistake("folded \(type), which its domain doesn't list")
            }
            try decider.evolve(&state, by: event)
            folded = (version, folded.byteCount + payload.count)
        }
        guard folded.version > 0 else { return nil }
        guard folded.version != start.version || recent[stream] == nil else { return state }
        if folded.version / Int64(decider.snapshotInterval)
            != start.version / Int64(decider.snapshotInterval)
        {
            let bytes: [UInt8] = try state.serializedBytes()
            try history.keep(
                bytes, of: stream, version: folded.version, revision: decider.revision)
            folded.byteCount = bytes.count
        }
        remember(
            Folded(state: state, version: folded.version, byteCount: folded.byteCount + 256),
            stream)
        return state
    }

    /// Where folding begins: what is remembered, or a snapshot, or nothing.
    private func beginning<State: Message>(
        of decider: Decider<State>, _ stream: StreamID
    ) throws -> (State, (version: Int64, byteCount: Int)) {
        if let known = recent[stream], let state = known.state as? State {
            return (state, (known.version, known.byteCount))
        }
        let snapshot = try history.snapshot(of: stream, revision: decider.revision)
        guard let snapshot else { return (State(), (0, 0)) }
        return (
            try State(serializedBytes: snapshot.state), (snapshot.version, snapshot.state.count)
        )
    }

    private func remember(_ folded: Folded, _ stream: StreamID) {
        forget(stream)
        if recentByteCount + folded.byteCount > Self.recentByteCountMax { groupWasUndone() }
        recent[stream] = folded
        recentByteCount += folded.byteCount
        asked.insert(stream)
    }

    private func forget(_ stream: StreamID) {
        guard let known = recent.removeValue(forKey: stream) else { return }
        recentByteCount -= known.byteCount
    }
}
