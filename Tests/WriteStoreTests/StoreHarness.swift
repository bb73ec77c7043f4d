import Dispatch
import Foundation
import GRDB
import Synchronization
import TandemCore
import WriteStore

/// The smallest domain: notes, of which one can be the parent of another.
final class NoteStatements: PreparedStatements {
    let insert: PreparedStatement

    static let migrations = [
        Migration(
            "notes.1",
            sql: """
                CREATE TABLE notes (
                    id INTEGER PRIMARY KEY, parent INTEGER REFERENCES notes (id)
                ) STRICT;
                """)
    ]

    init(_ connection: WriteConnection) throws(StorageError) {
        insert = try connection.prepare("INSERT INTO notes (id, parent) VALUES (?, ?)")
    }

    /// Takes a note with an event; the reply is the note's number.
    static func note(_ id: Int64, parent: Int64? = nil) -> CommandWork {
        { (statements, transaction) throws(CommandFailure) in
            try take(id, parent: parent, statements, &transaction)
            return [UInt8(truncatingIfNeeded: id)]
        }
    }

    /// Takes a note with an event, and fails only then.
    static func noteThen(
        _ failure: CommandFailure, _ id: Int64 = 99
    ) -> CommandWork {
        { (statements, transaction) throws(CommandFailure) in
            try take(id, parent: nil, statements, &transaction)
            throw failure
        }
    }

    static func take(
        _ id: Int64, parent: Int64?, payload: [UInt8] = [1, 2, 3],
        _ statements: any PreparedStatements,
        _ transaction: inout CommandTransaction
    ) throws(CommandFailure) {
        let statements = NoteStatements.known(statements)
        do {
            statements.insert.bind(1, id)
            if let parent {
                statements.insert.bind(2, parent)
            } else {
                statements.insert.bindNull(2)
            }
            try statements.insert.execute()
            try transaction.append(
                "NoteTaken", payload: payload, to: StreamID(rawValue: "note-\(id % 10)"))
        } catch {
            throw .storage(error)
        }
    }
}

/// Collects outcomes, and lets a test wait for them.
final class Inbox: CommandReplySink {
    private let outcomes = Mutex<[CommandOutcome]>([])
    private let deliveryCount = Mutex(0)
    private let arrived = DispatchSemaphore(value: 0)

    func deliver(_ new: [CommandOutcome]) {
        deliveryCount.withLock { $0 += 1 }
        outcomes.withLock { $0 += new }
        for _ in new { arrived.signal() }
    }

    var deliveries: Int { deliveryCount.withLock { $0 } }

    /// The next `count` outcomes, by tag.
    func wait(for count: Int) -> [CommandOutcome] {
        for _ in 0..<count { arrived.wait() }
        return outcomes.withLock { outcomes in
            defer { outcomes.removeAll() }
            return outcomes.sorted { $0.tag < $1.tag }
        }
    }
}

/// A clock that a test sets.
final class TestClock: Sendable {
    private let current = Mutex(Timestamp(microseconds: 1_700_000_000_000_000))

    var now: Timestamp { current.withLock { $0 } }

    func advance(bySeconds seconds: Int64) {
        current.withLock {
            $0 = Timestamp(microseconds: $0.microseconds + seconds * 1_000_000)
        }
    }
}

/// A disk with as much room as a test wants.
final class TestDisk: Sendable {
    private let free = Mutex(1 << 40)

    var space: DiskSpace {
        DiskSpace(freeByteCount: free.withLock { $0 }, byteCount: 1 << 40)
    }

    func leave(_ byteCount: Int) { free.withLock { $0 = byteCount } }
}

/// The lines that a store logs.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A directory that is gone with its owner.
final class TestDirectory: Sendable {
    let path: String
    var databasePath: String { path + "/write.sqlite" }

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/tandem-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The first column of a query's rows, read beside the store.
    func integers(_ sql: String) throws -> [Int64] {
        var settings = Configuration()
        settings.readonly = true
        let queue = try DatabaseQueue(path: databasePath, configuration: settings)
        return try queue.read { try Int64.fetchAll($0, sql: sql) }
    }
}

/// A store of notes, and short ways to send it commands.
final class StoreHarness {
    let directory: TestDirectory
    let clock: TestClock
    let store: WriteStore
    let inbox = Inbox()
    /// What the store had to say to the operator.
    let lines = LogLines()
    private var nextTag: UInt32 = 0
    /// The connection that commands come from, unless a test says otherwise.
    let lane: CommandLane

    init(
        in directory: TestDirectory? = nil, clock: TestClock = TestClock(),
        migrations: [Migration] = NoteStatements.migrations,
        disk: TestDisk = TestDisk(),
        _ adjust: (inout WriteStoreConfiguration) -> Void = { _ in }
    ) throws {
        let directory = try directory ?? TestDirectory()
        var configuration = WriteStoreConfiguration(path: directory.databasePath)
        adjust(&configuration)
        self.directory = directory
        self.clock = clock
        store = try WriteStore(
            configuration: configuration, migrations: migrations,
            environment: WriteStoreEnvironment(
                wallClock: { clock.now }, diskSpace: { _ in disk.space },
                log: { [lines] in lines.add($0) },
                onFatal: { _ in exit(74) }),
            makeStatements: NoteStatements.init)
        lane = store.openLane(address: "192.0.2.1")
    }

    /// False if there was no room.
    func submit(_ command: PendingCommand, on lane: CommandLane? = nil) -> Bool {
        store.submit(command, on: lane ?? self.lane) == .queued
    }

    deinit {
        store.shutDown()
    }

    func command(
        _ key: UInt64, _ work: @escaping CommandWork, payload: UInt8 = 0,
        principal: String = "", deadline: ContinuousClock.Instant? = nil,
        cancellation: CancellationFlag = CancellationFlag(), context: CallContext = .empty,
        replyTo: (any CommandReplySink)? = nil, method: String = "notes.Notes/Take",
        lane: CommandLane? = nil, workByteCount: Int = 0
    ) -> PendingCommand {
        nextTag += 1
        return PendingCommand(
            work: work, method: method, principal: principal,
            key: IdempotencyKey(high: 1, low: key),
            payloadDigest: [UInt8](repeating: payload, count: 32), deadline: deadline,
            cancellation: cancellation, context: context, replyTo: replyTo ?? inbox, tag: nextTag,
            lane: lane, workByteCount: workByteCount)
    }

    /// Sends a command and waits for its outcome.
    func run(
        _ key: UInt64, _ work: @escaping CommandWork, payload: UInt8 = 0,
        principal: String = ""
    ) -> CommandOutcome? {
        guard submit(command(key, work, payload: payload, principal: principal)) else {
            return nil
        }
        return inbox.wait(for: 1).first
    }

    /// Sends commands so that they share a group: they queue up behind one that is held until
    /// all have been submitted. Between the two, `meanwhile` runs.
    func runTogether(
        _ commands: [PendingCommand], meanwhile: () -> Void = {}
    ) -> [CommandOutcome] {
        hold { release in
            for command in commands { _ = submit(command) }
            meanwhile()
            release()
        }
        return inbox.wait(for: commands.count)
    }

    /// Holds the writer inside a command while `body` runs.
    func hold(_ body: (_ release: () -> Void) -> Void) {
        let entered = DispatchSemaphore(value: 0)
        let mayGo = DispatchSemaphore(value: 0)
        let holder = Inbox()
        let held = command(
            1 << 40 + UInt64(nextTag),
            { (_, _) throws(CommandFailure) in
                entered.signal()
                mayGo.wait()
                return []
            }, replyTo: holder)
        _ = submit(held)
        entered.wait()
        body { mayGo.signal() }
        _ = holder.wait(for: 1)
    }

    /// The whole log.
    func log() throws -> [RecordedEvent] {
        try EventLogReader(path: directory.databasePath)
            .events(after: .beginning, countMax: 10_000, byteCountMax: 1 << 30)
    }
}

extension CommandOutcome {
    /// The rejection's reason; `nil` if there is none.
    var reason: String? {
        guard case .failure(let rejection) = result else { return nil }
        return rejection.reason
    }

    var reply: [UInt8]? { try? result.get() }
}

/// A rejection as a domain would make it.
let refusal = Rejection(
    .failedPrecondition, reason: "NO_MORE_NOTES", message: "there is no room for notes",
    metadata: ["notes": "99", "empty": ""])
