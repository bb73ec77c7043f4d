package import ArgumentParser
import TandemClient

/// The root of the command line.
package struct TandemCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "tandem",
        abstract: "Talk to a Tandem server: commands go to one port, queries to another.",
        discussion: """
            Amounts are whole minor units (cents). Every command prints the position that it \
            reached; give its token to --at-least, and a query sees what the command did.

            EXAMPLES
              tandem user register --email ada@example.com --name 'Ada Lovelace'
              tandem product add --name Tea --price-minor 450 --currency USD
              tandem order place --user 1 --line 1:2
              tandem order list --user 1
              tandem import ./data
              tandem status --wait

            EXIT CODES
              0  done
              1  the server rejected the request
              2  wrong arguments or bad input
              3  the server could not be reached, or did not answer in time;
                 or standard output could not be written
              4  an import finished, but left rows out
              130  an import was stopped by Ctrl-C
            """,
        subcommands: [
            UserCommand.self, ProductCommand.self, OrderCommand.self, ImportCommand.self,
            StatusCommand.self, ReportCommand.self, MeasureCommand.self,
        ])

    @OptionGroup var options: GlobalOptions

    package init() {}

    /// Runs the command line and returns how the process ends.
    package static func run(_ arguments: [String]) async -> Int32 {
        let status = await status(of: arguments)
        guard let failure = Terminal.outputFailure else { return status.rawValue }
        if !failure.isBrokenPipe {
            Terminal.writeError("error: can't write standard output: \(failure.reason)\n")
        }
        return (status == .ok ? .unreachable : status).rawValue
    }

    private static func status(of arguments: [String]) async -> ExitStatus {
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .ok
        } catch {
            return report(error, asJSON: arguments.contains("--json"))
        }
    }

    private static func report(_ error: any Error, asJSON: Bool) -> ExitStatus {
        switch error {
        case let error as TandemError:
            Terminal.writeError(asJSON ? error.json.compactText + "\n" : error.advice)
            return error.isUnreachable ? .unreachable : .rejected
        case let error as UsageFailure:
            Terminal.writeError("error: \(error.message)\n")
            return .usage
        case let error as FileFailure:
            Terminal.writeError("error: \(error)\n")
            return .usage
        case let error as SilentExit:
            return error.code
        default:
            let message = fullMessage(for: error)
            if exitCode(for: error).isSuccess {
                Terminal.write(message + "\n")
                return .ok
            }
            Terminal.writeError(message + "\n")
            return .usage
        }
    }
}
