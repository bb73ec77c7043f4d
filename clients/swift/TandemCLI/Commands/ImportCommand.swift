import ArgumentParser
import OrdersClient
import TandemClient

/// `tandem import`
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import products, users and orders from CSV files.",
        discussion: """
            The directory holds
              products.csv  product_id,name,price_minor,currency
              users.csv     user_id,email,name
              orders.csv    order_id,user_id,placed_at,product_id,description,quantity,\
            price_minor,currency

            In orders.csv a row is one line of an order, and the rows of an order stand together. \
            placed_at is like 2017-01-01T11:53:26Z. price_minor is for the whole line; empty, the \
            catalogue's price counts. Without product_id, description and price_minor are needed.

            An import can be stopped (Ctrl-C) or die at any time. Run it again, and it goes on: \
            what has been imported is recognized and not imported twice. A row that has changed \
            since is told with both values and left out (exit code 4): change a price or a name \
            with `tandem product change-price` or `tandem user rename`.

            EXAMPLES
              tandem import ./data
              tandem import ./data --skip-bad --json > report.json
            """)

    @Argument(help: ArgumentHelp("Where the files are.", valueName: "dir")) var directory: String
    @Flag(help: "Leave out bad rows and orders with bad rows instead of stopping at the first.")
    var skipBad = false
    @Option(
        help: ArgumentHelp(
            "How many commands may wait for their answers, 1 to 16000.", valueName: "count"))
    var inFlight = 4_000
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...16_000).contains(inFlight) else {
            throw ValidationError("--in-flight has to be from 1 to 16000.")
        }
    }

    func run() async throws {
        let importer = Importer(
            directory: directory, skipsBad: skipBad, inFlightCount: inFlight,
            configuration: try options.configuration(), patience: options.patience)
        let outcome: Importer.Outcome
        do {
            outcome = try await importer.run()
        } catch let error as TandemError {
            // The error itself follows, in the form that was asked for.
            if !options.json { Terminal.writeError("stopped. \(ImportStop.again)\n") }
            throw error
        }
        let failure = outcomeFailure { () throws(SilentExit) in
            try options.showDone(outcome.report.json, outcome.report.text, key: nil)
        }
        // As JSON they are in the report.
        if !options.json { tell(outcome.report.tally) }
        try end(outcome)
        if let failure { throw failure }
    }

    /// Put off, so that the problems are told too.
    private func outcomeFailure(_ show: () throws(SilentExit) -> Void) -> SilentExit? {
        do throws(SilentExit) {
            try show()
            return nil
        } catch {
            return error
        }
    }

    private func tell(_ tally: ImportTally) {
        for problem in tally.problems { Terminal.writeError("\(problem)\n") }
        let hidden = tally.bad - tally.problems.count
        if hidden > 0 { Terminal.writeError("… and \(hidden.grouped) more\n") }
    }

    private func end(_ outcome: Importer.Outcome) throws {
        guard let stop = outcome.stop.map(ImportStop.init) else {
            if outcome.report.tally.bad > 0 { throw SilentExit(.rowsLeftOut) }
            return
        }
        Terminal.writeError(options.json ? SafeText(line: stop.json) : stop.text)
        throw SilentExit(stop.status)
    }
}
