package import ArgumentParser
import OrdersClient
import ProcessText
import TandemClient

/// The root of the command line.
package struct TandemCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "tandem",
        abstract: "Talk to a Tandem server: commands go to one port, queries to another.",
        discussion: """
            Amounts are whole minor units (cents). Every command prints the position that it \
            reached; give its token to --at-least, and a query sees what the command did.

            Commands that change something (user register, rename and change-email; product add \
            and change-price; order place, pay, ship, deliver and cancel) take --key: repeated \
            with the same key and content, one happens once and says so. Queries change nothing, \
            and import makes keys from its rows. A script makes a key, and repeats with it until \
            it is answered:
              key=$(tandem key)
              until tandem order place --user 1 --line 1:2 --key $key; do sleep 1; done

            With --json, 64-bit integers (ids, amounts, positions, sizes) are strings, so that \
            no program rounds them; what tandem itself has counted is a number.

            EXAMPLES
              tandem user register --email ada@example.com --name 'Ada Lovelace'
              tandem product add --name Tea --price-minor 450 --currency USD
              tandem order place --user 1 --line 1:2
              tandem order list --user 1
              tandem import ./data
              tandem status --wait
              tandem bench get

            With a server of another domain than the bundled shop, describe tells what can be \
            called, and call calls it:
              tandem describe
              tandem call bank.v1.Accounts/Get '{"accountId": "7"}'

            EXIT CODES
              0  done
              1  the server rejected the request; of a benchmark, some failed
              2  wrong arguments or bad input
              3  the server could not be reached, or did not answer in time
              4  an import finished, but left rows out
              5  done, but standard output could not be written; what a command
                 did and its key are then told on standard error
              130  an import or a benchmark was stopped by Ctrl-C
            """,
        subcommands: [
            UserCommand.self, ProductCommand.self, OrderCommand.self, ImportCommand.self,
            CallCommand.self, DescribeCommand.self, KeyCommand.self, StatusCommand.self,
            ReportCommand.self, MeasureCommand.self, BenchCommand.self,
        ])

    @OptionGroup var options: GlobalOptions

    package init() {}

    /// Runs the command line of this process and returns how the process ends.
    package static func runProcess() async -> Int32 {
        Terminal.prepare()
        do throws(ProcessText.NotUTF8) {
            return await run(try ProcessText.arguments())
        } catch {
            Terminal.writeError("error: \(error)\n")
            return ExitStatus.usage.rawValue
        }
    }

    /// Runs a command line and returns how the process ends.
    package static func run(_ arguments: [String]) async -> Int32 {
        let status = await status(of: arguments)
        guard let failure = Terminal.outputFailure, status != .notWritten else {
            return status.rawValue
        }
        if !failure.isBrokenPipe {
            Terminal.writeError("error: standard output could not be written: \(failure.reason)\n")
        }
        return (status == .ok ? .notWritten : status).rawValue
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
            return report(error, arguments)
        }
    }

    private static func report(_ error: any Error, _ arguments: [String]) -> ExitStatus {
        let isJSON = arguments.contains("--json")
        switch error {
        case let error as TandemError:
            Terminal.writeError(isJSON ? SafeText(line: error.json) : error.advice)
            return error.isUnreachable ? .unreachable : .rejected
        case let error as any InputFailure:
            Terminal.writeError(
                isJSON
                    ? SafeText(line: .usageError(error.message)) : "error: \(error.message)\n")
            return .usage
        case let error as SilentExit:
            return error.code
        default:
            guard !exitCode(for: error).isSuccess else {
                Terminal.write(SafeText(lines: fullMessage(for: error) + "\n"))
                return .ok
            }
            let hint = LeadingDash(arguments, message: message(for: error)).map { "\n" + $0.hint }
            Terminal.writeError(
                isJSON
                    ? SafeText(line: .usageError(message(for: error) + (hint ?? "")))
                    : SafeText(lines: fullMessage(for: error) + (hint ?? "") + "\n"))
            return .usage
        }
    }
}
