import EventModel
import EventStore
import SwiftProtobuf

/// The states that deciders have folded lately, and their snapshots. Writer's thread only.
final class DeciderStates {
    private let events: EventRegistry
    private let history: StreamHistory
    private var recent: [Key: Folded] = [:]
    private var recentByteCount = 0
    /// Where the running command has appended: what was folded there since may be undone.
    private var appended: Set<StreamID> = []

    private struct Key: Hashable {
        let stream: StreamID
        /// See ``Decider/name``.
        let decider: String
    }

    private struct Folded {
        let state: any Message
        let version: Int64
        /// What the last snapshot holds; 0 if there is none.
        var snapshotVersion: Int64
        /// What folding began with, and what has been folded since, about.
        var byteCount: Int
    }

    /// When they are more, all are let go: folding goes on from snapshots.
    private static let recentByteCountMax = 16 << 20
    /// A state that is larger is not kept: reading events is what there is for it.
    private static let snapshotByteCountMax = 1 << 20

    init(_ connection: WriteConnection, events: EventRegistry) throws(StorageError) {
        self.events = events
        history = try StreamHistory(connection)
    }

    func commandBegan() {
        appended.removeAll(keepingCapacity: true)
    }

    func didAppend(to stream: StreamID) {
        appended.insert(stream)
    }

    /// What the running command has done was taken back.
    func commandWasUndone() {
        guard !appended.isEmpty else { return }
        for key in recent.keys where appended.contains(key.stream) { forget(key) }
        appended.removeAll(keepingCapacity: true)
    }

    /// What a whole group of commands has done was taken back.
    func groupWasUndone() {
        recent = [:]
        recentByteCount = 0
        appended = []
    }

    func state<State: Message>(of decider: Decider<State>, _ stream: StreamID) throws -> State? {
        let key = Key(stream: stream, decider: decider.name)
        var (state, version, folded) = try beginning(of: decider, key)
        let start = version
        try history.events(of: stream, after: version) { next, type, payload in
            guard let event = try events.event(type, payload) else {
                throw CommandMistake("folded \(type), which its domain doesn't list")
            }
            try decider.evolve(&state, by: event)
            version = next
            folded.byteCount += payload.count
        }
        guard version > 0 else { return nil }
        guard version != start || recent[key] == nil else { return state }
        if version - folded.snapshotVersion >= Int64(decider.snapshotInterval) {
            try keep(state, of: key, version: version, &folded)
        }
        remember(
            Folded(
                state: state, version: version, snapshotVersion: folded.snapshotVersion,
                byteCount: folded.byteCount), key)
        return state
    }

    /// Where folding begins: what is remembered, or a snapshot, or nothing.
    private func beginning<State: Message>(
        of decider: Decider<State>, _ key: Key
    ) throws -> (State, version: Int64, (snapshotVersion: Int64, byteCount: Int)) {
        if let known = recent[key], let state = known.state as? State {
            return (state, known.version, (known.snapshotVersion, known.byteCount))
        }
        guard let snapshot = try history.snapshot(of: key.stream, by: key.decider) else {
            return (State(), 0, (0, 256))
        }
        return (
            try State(serializedBytes: snapshot.state), snapshot.version,
            (snapshot.version, snapshot.state.count + 256)
        )
    }

    private func keep(
        _ state: some Message, of key: Key, version: Int64,
        _ folded: inout (snapshotVersion: Int64, byteCount: Int)
    ) throws {
        let bytes: [UInt8] = try state.serializedBytes()
        folded.byteCount = bytes.count + 256
        guard bytes.count <= Self.snapshotByteCountMax else { return }
        // If the command is undone, the snapshot is, too, and the next one that folds writes it
        // again: a snapshot that is believed to be there only costs reading.
        try history.keep(bytes, of: key.stream, by: key.decider, version: version)
        folded.snapshotVersion = version
    }

    private func remember(_ folded: Folded, _ key: Key) {
        forget(key)
        if recentByteCount + folded.byteCount > Self.recentByteCountMax {
            recent = [:]
            recentByteCount = 0
        }
        recent[key] = folded
        recentByteCount += folded.byteCount
    }

    private func forget(_ key: Key) {
        guard let known = recent.removeValue(forKey: key) else { return }
        recentByteCount -= known.byteCount
    }
}
