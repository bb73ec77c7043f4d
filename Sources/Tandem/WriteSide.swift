import Logging
import Synchronization
import TandemDomain
import WriteServer
import WriteStore

/// The write side of a process: open from the start on, or as soon as its database can be opened.
///
/// While it can't, for want of room on the disk, say, the read side of the same process answers
/// from its copy all the same.
final class WriteSide: Sendable {
    private struct State {
        var server: WriteServer?
        var obstacle: String?
    }

    private let start: @Sendable () async throws -> WriteServer
    private let logger: Logger
    private let state = Mutex(State())

    private static var pause: Duration { .seconds(2) }

    init(
        logger: Logger, start: @escaping @Sendable () async throws -> WriteServer
    ) {
        self.logger = logger
        self.start = start
    }

    var server: WriteServer? { state.withLock { $0.server } }

    /// What is wrong with it, for Health; empty once it is open.
    var troubles: [String] {
        state.withLock { state in
            state.obstacle.map { ["The write side can't start, and is tried again: \($0)"] } ?? []
        }
    }

    /// Opens it.
    ///
    /// - Parameter mayWait: whether the process has anything to do without it. Then an obstacle
    ///   that may pass by itself is told, and thrown no more.
    func open(mayWait: Bool) async throws {
        do {
            let server = try await start()
            state.withLock { $0.server = server }
        } catch let error as WriteStoreError where mayWait && error.mayPass {
            tell(error)
        }
    }

    /// Tries until it is open, or the task is cancelled.
    func keepTrying() async {
        while server == nil {
            // It throws when the task is cancelled, which ends the trying.
            guard (try? await Task.sleep(for: Self.pause)) != nil else { return }
            do {
                let server = try await start()
                state.withLock { $0 = State(server: server) }
                logger.notice("the write side has started")
                return
            } catch {
                // Whatever it is by now: queries are answered, and a person may mend it meanwhile.
                tell(error)
            }
        }
    }

    private func tell(_ error: any Error) {
        let reason = "\(error)"
        let isNew = state.withLock { state in
            defer { state.obstacle = reason }
            return state.obstacle != reason
        }
        guard isNew else { return }
        logger.error(
            """
            the write side can't start: \(reason). Queries are answered from the copy of the \
            documents, if there is one; it is tried again every \(Self.pause.components.seconds) s
            """)
    }
}
