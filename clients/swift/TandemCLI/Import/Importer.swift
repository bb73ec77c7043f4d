package import OrdersClient
import Synchronization
import TandemClient

/// Imports a directory: products, then users, then orders, each kind after the one before has all
/// its answers.
package struct Importer: Sendable {
    let directory: String
    let skipsBad: Bool
    let inFlightCount: Int
    let configuration: TandemConfiguration
    /// How long to go on without any answer; `nil`: as long as a bulk sender does by itself.
    let patience: Duration?

    package struct Outcome: Sendable {
        package let report: ImportReport
        /// `nil`: everything was imported or reported as bad.
        package let stop: ImportPhase.Stop?
    }

    private struct File {
        let kind: ImportKind
        let rows: any ImportRows
        let byteCount: Int
    }

    package func run() async throws -> Outcome {
        // All files are opened before anything is sent: a missing one is better found at once.
        let files = try ImportKind.allCases.map(open)
        let current = Mutex<ImportPhase?>(nil)
        let isInterrupted = Mutex(false)
        let watch = InterruptWatch {
            isInterrupted.withLock { $0 = true }
            Terminal.writeError(
                "\nstopping when what was sent is answered; press Ctrl-C again to quit at once\n")
            current.withLock { $0 }?.interrupt()
        }
        defer { watch.stop() }
        let clock = ContinuousClock()
        let start = clock.now
        var tally = ImportTally()
        var ordersElapsed = Duration.zero
        for file in files {
            let phase = ImportPhase(file.kind, rows: file.rows, tally: tally, skipsBad: skipsBad)
            current.withLock { $0 = phase }
            if isInterrupted.withLock({ $0 }) { phase.interrupt() }
            let phaseStart = clock.now
            try await run(phase, byteCount: file.byteCount)
            if file.kind == .orders { ordersElapsed = clock.now - phaseStart }
            tally = phase.tally
            if let stop = phase.stop {
                return Outcome(report: report(tally, clock.now - start, ordersElapsed), stop: stop)
            }
        }
        return Outcome(report: report(tally, clock.now - start, ordersElapsed), stop: nil)
    }

    private func report(
        _ tally: ImportTally, _ elapsed: Duration, _ ordersElapsed: Duration
    ) -> ImportReport {
        ImportReport(tally: tally, elapsed: elapsed, ordersElapsed: ordersElapsed)
    }

    private func open(_ kind: ImportKind) throws -> File {
        let isEnded = directory.utf8.last == UInt8(ascii: "/")
        let path = isEnded ? directory + kind.fileName : "\(directory)/\(kind.fileName)"
        let source = try FileSource(path: path)
        let reader = CSVReader(file: path, source: source)
        do throws(ImportFailure) {
            let rows: any ImportRows =
                kind == .orders ? try OrderRows(reader) : try EntityRows(kind, reader)
            return File(kind: kind, rows: rows, byteCount: source.byteCount)
        } catch {
            switch error {
            case .file(let failure): throw failure
            case .badRow(let problem): throw UsageFailure(problem.description)
            }
        }
    }

    private func run(_ phase: ImportPhase, byteCount: Int) async throws {
        let bulk = BulkConfiguration(inFlightCount: inFlightCount, patience: patience)
        let display = ImportDisplay(phase, byteCount: byteCount)
        let showing = Task { await display.run() }
        defer { display.end() }
        do throws(TandemError) {
            try await BulkSender(client: configuration, bulk: bulk).run(phase)
        } catch {
            showing.cancel()
            throw error
        }
        showing.cancel()
    }
}

extension BulkConfiguration {
    /// - Parameters:
    ///   - inFlightCount: On all connections together, as nearly as it can be shared out.
    ///   - patience: How long to go on without any answer; `nil`: the usual.
    package init(inFlightCount: Int, patience: Duration?) {
        self.init()
        connectionCount = max(1, min(16, (inFlightCount + 999) / 1_000))
        inFlightPerConnection = max(1, inFlightCount / connectionCount)
        guard let patience else { return }
        self.patience = patience
        connectPatience = min(connectPatience, patience)
    }
}
