package import OrdersClient
import Synchronization
package import TandemClient
import TandemCore

/// One file on its way to the server: reads it as fast as answers make room, and keeps the tally.
///
/// The bulk sender's event loop works on it while other tasks ask for its progress, hence the lock:
/// taken twice for each command, and hardly ever waited for.
package final class ImportPhase: BulkJob {
    /// One order in so many is read back to see how long that takes.
    private static let sampleInterval: UInt64 = 200

    fileprivate struct State: Sendable {
        var rows: any ImportRows
        var tally: ImportTally
        var tagLast: UInt64 = 0
        /// What was sent and has no result yet.
        var open: [UInt64: ImportEntity] = [:]
        /// Of these, what the server has turned down as being there already.
        var disputed: [UInt64: TandemError] = [:]
        /// Of these, what was refused once and has been sent again under a fresh key.
        var renewed: Set<UInt64> = []
        var doneCount = 0
        var stop: Stop?
    }

    /// Why no more is sent.
    package enum Stop: Hashable, Sendable {
        case interrupted
        case badRow(CSVProblem)
        case rejected(CSVProblem)
        case file(FileFailure)
    }

    package let kind: ImportKind
    private let skipsBad: Bool
    private let state: Mutex<State>

    package init(_ kind: ImportKind, rows: any ImportRows, tally: ImportTally, skipsBad: Bool) {
        self.kind = kind
        self.skipsBad = skipsBad
        state = Mutex(State(rows: rows, tally: tally))
    }

    package var tally: ImportTally { state.withLock { $0.tally } }
    package var stop: Stop? { state.withLock { $0.stop } }

    /// How many entities have their result, and how much of the file has been read.
    package var progress: (doneCount: Int, consumedByteCount: Int) {
        state.withLock { ($0.doneCount, $0.rows.consumedByteCount) }
    }

    /// Lets nothing more be sent; what is in flight still gets its result.
    package func interrupt() {
        state.withLock { state in
            if state.stop == nil { state.stop = .interrupted }
        }
    }

    package func next() -> BulkCommand? {
        state.withLock { $0.nextCommand(skipsBad: skipsBad) }
    }

    /// The server keeps refusals under their keys too, and an import's keys never change: the
    /// refusal may be of an earlier run, its cause put right since in another file. So it only
    /// counts if the server repeats it under a fresh key. Nothing is imported twice by that: every
    /// entity has its id, and what is there already is told as such.
    package func replacement(
        for command: BulkCommand, after error: TandemError
    ) -> BulkCommand? {
        guard error.mayBePutRight else { return nil }
        let isFirst = state.withLock { state in
            state.open[command.tag] != nil && state.renewed.insert(command.tag).inserted
        }
        return isFirst ? command.under(ImportKey.fresh()) : nil
    }

    package func received(
        _ result: Result<BulkAnswer, TandemError>, for command: BulkCommand
    ) -> BulkFollowUp? {
        state.withLock { state in
            guard let entity = state.open[command.tag] else { return nil }
            switch result {
            case .success(let answer):
                let isSample = kind == .orders && command.tag % Self.sampleInterval == 0
                state.finish(command.tag, entity, answer)
                guard isSample, !answer.isReplay else { return nil }
                state.tally.durableTimes.record(answer.elapsed)
                return entity.document
            case .failure(let error) where error.code == .alreadyExists:
                state.disputed[command.tag] = error
                return entity.document
            case .failure(let error):
                state.reject(command.tag, entity, error, skipsBad: skipsBad)
                return nil
            }
        }
    }

    package func received(
        _ result: Result<BulkDocument, TandemError>, followUp: BulkFollowUp,
        for command: BulkCommand, elapsed: Duration
    ) {
        state.withLock { state in
            guard let rejection = state.disputed.removeValue(forKey: command.tag) else {
                // A sample; one that could not be read back has no latency.
                if case .success = result { state.tally.visibleTimes.record(elapsed) }
                return
            }
            guard let entity = state.open[command.tag] else { return }
            guard case .success(let document) = result else {
                return state.reject(command.tag, entity, rejection, skipsBad: skipsBad)
            }
            if let problem = entity.problem(entity.differences(from: document)) {
                state.leaveOut(command.tag, problem)
            } else {
                state.finish(command.tag, entity, isReplay: true)
            }
        }
    }
}

extension ImportPhase.State {
    fileprivate mutating func nextCommand(skipsBad: Bool) -> BulkCommand? {
        while stop == nil {
            do throws(FileFailure) {
                guard let item = try rows.next() else { return nil }
                switch item {
                case .bad(let problems):
                    for problem in problems { tally.count(problem) }
                    if !skipsBad, let first = problems.first { stop = .badRow(first) }
                case .entity(let entity):
                    if let command = take(entity, skipsBad: skipsBad) { return command }
                }
            } catch {
                stop = .file(error)
            }
        }
        return nil
    }

    private mutating func take(_ entity: ImportEntity, skipsBad: Bool) -> BulkCommand? {
        tagLast += 1
        do throws(TandemError) {
            let command = try entity.command(tag: tagLast)
            open[tagLast] = entity
            return command
        } catch {
            reject(tagLast, entity, error, skipsBad: skipsBad)
            return nil
        }
    }

    fileprivate mutating func finish(_ tag: UInt64, _ entity: ImportEntity, _ answer: BulkAnswer) {
        tally.head = max(tally.head, answer.token?.position.rawValue ?? 0)
        finish(tag, entity, isReplay: answer.isReplay)
    }

    fileprivate mutating func finish(_ tag: UInt64, _ entity: ImportEntity, isReplay: Bool) {
        open[tag] = nil
        renewed.remove(tag)
        doneCount += 1
        tally.count(entity, isReplay: isReplay)
    }

    /// What is there is another thing than the file has. Nothing has been changed, and what follows
    /// does not depend on it: the import goes on, so that all that differs is told.
    fileprivate mutating func leaveOut(_ tag: UInt64, _ problem: CSVProblem) {
        open[tag] = nil
        renewed.remove(tag)
        doneCount += 1
        tally.count(problem)
    }

    fileprivate mutating func reject(
        _ tag: UInt64, _ entity: ImportEntity, _ error: TandemError, skipsBad: Bool
    ) {
        open[tag] = nil
        renewed.remove(tag)
        doneCount += 1
        let problem = entity.problem(error)
        tally.count(problem)
        if !skipsBad, stop == nil { stop = .rejected(problem) }
    }
}

extension TandemError {
    /// A refusal because of what the server held then, which may have changed since.
    fileprivate var mayBePutRight: Bool {
        switch code {
        case .invalidArgument, .notFound, .failedPrecondition, .aborted, .outOfRange: true
        // Not the entity itself is there, but another user with its address.
        case .alreadyExists: reason == "DUPLICATE_EMAIL"
        case .ok, .unknown, .permissionDenied, .unimplemented, .internal,
            .dataLoss, .unauthenticated, .unavailable, .deadlineExceeded, .resourceExhausted,
            .cancelled:
            false
        }
    }
}
