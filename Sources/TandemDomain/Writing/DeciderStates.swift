import SwiftProtobuf
import TandemCore
import WriteStore

/// The states that deciders have folded lately, and their snapshots. Writer's thread only.
final class DeciderStates {
    private let events: EventRegistry
    private let history: StreamHistory
    /// By stream, and by ``Decider/name``.
    private var recent: [StreamID: [String: Folded]] = [:]
    private var recentByteCount = 0
    /// Where the running command has appended: what was folded there since may be undone.
    private var appended: Set<StreamID> = []

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
        for stream in appended {
            for known in recent.removeValue(forKey: stream)?.values ?? [:].values {
                recentByteCount -= known.byteCount
            }
        }
        appended.removeAll(keepingCapacity: true)
    }

    /// What a whole group of commands has done was taken back.
    func groupWasUndone() {
        recent = [:]
        recentByteCount = 0
        appended = []
    }

    func state<State: Message>(of decider: Decider<State>, _ stream: StreamID) throws -> State? {
        var (state, version, folded) = try beginning(of: decider, stream)
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
        guard version != start || recent[stream]?[decider.name] == nil else { return state }
        if version - folded.snapshotVersion >= Int64(decider.snapshotInterval) {
            try keep(state, of: stream, by: decider.name, version: version, &folded)
        }
        remember(
            Folded(
                state: state, version: version, snapshotVersion: folded.snapshotVersion,
                byteCount: folded.byteCount),
            stream, decider.name)
        return state
    }

    /// Where folding begins: what is remembered, or a snapshot, or nothing.
    private func beginning<State: Message>(
        of decider: Decider<State>, _ stream: StreamID
    ) throws -> (State, version: Int64, (snapshotVersion: Int64, byteCount: Int)) {
        if let known = recent[stream]?[decider.name], let state = known.state as? State {
            return (state, known.version, (known.snapshotVersion, known.byteCount))
        }
        guard let snapshot = try history.snapshot(of: stream, by: decider.name) else {
            return (State(), 0, (0, 256))
        }
        return (
            try State(serializedBytes: snapshot.state), snapshot.version,
            (snapshot.version, snapshot.state.count + 256)
        )
    }

    private func keep(
        _ state: some Message, of stream: StreamID, by decider: String, version: Int64,
        _ folded: inout (snapshotVersion: Int64, byteCount: Int)
    ) throws {
        let bytes: [UInt8] = try state.serializedBytes()
        folded.byteCount = bytes.count + 256
        guard bytes.count <= Self.snapshotByteCountMax else { return }
        // If the command is undone, so is the snapshot, which is then believed to be there until
        // the next one: that costs reading, once the state is let go.
        try history.keep(bytes, of: stream, by: decider, version: version)
        folded.snapshotVersion = version
    }

    private func remember(_ folded: Folded, _ stream: StreamID, _ decider: String) {
        recentByteCount -= recent[stream]?[decider]?.byteCount ?? 0
        if recentByteCount + folded.byteCount > Self.recentByteCountMax {
            recent = [:]
            recentByteCount = 0
        }
        recent[stream, default: [:]][decider] = folded
        recentByteCount += folded.byteCount
    }
}
