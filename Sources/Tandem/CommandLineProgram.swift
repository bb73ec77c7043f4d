import ArgumentParser
import Foundation
package import Logging
import ProcessText
import ServiceLifecycle
public import TandemDomain
package import Transport
import UnixSignals

/// The servers' command line, the same for every domain: argument parsing only.
struct CommandLineProgram: ParsableCommand {
    /// How the program was called.
    static var name: String {
        CommandLine.arguments.first.map { URL(filePath: $0).lastPathComponent } ?? "tandem-server"
    }

    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: name, abstract: "Commands in on one port, answers from another.",
            discussion: """
                all     both sides in one process: for a laptop or a small site
                write   the command port, the feed port, and the database
                read    the query port, fed by a write server; any number of them
                limits  list what --limit can set
                verify  prove that the files hold what was committed
                head    print where the log ends, and its digest, signed if you like
                events, import
                        print the log's events as lines of JSON, and make a log of such lines
                backup  copy the write database to a new file, while the server runs or not
                restore put a backup in the write database's place

                EXAMPLES
                  \(name) all --data ./data
                  \(name) write --data ./data
                  \(name) read --data ./copy --feed-address 127.0.0.1:7403

                When it is ready, it prints one line to standard output, "ready command=… \
                query=… feed=…", with the addresses that it listens on. Where the write side of \
                "all" can't start for now, as on a full disk, that line names the query port \
                alone, and another one follows when commands are taken. The log goes to standard \
                error. SIGTERM or Ctrl-C stops it: open calls finish first.

                EXIT CODES
                  0   stopped by SIGTERM or Ctrl-C, or had nothing to do but print
                  1   could not start; standard error says why, and what to do
                  64  wrong arguments
                  65  verify found something that is not what was committed
                  70  a commit failed, or the disk returned an error: nothing was
                      acknowledged that is not on disk
                  72  the data directory, or a file in it, was removed or replaced
                  75  verify could not look at everything
                """,
            version: "0.1.0",
            subcommands: [
                All.self, Write.self, Read.self, Limits.self, Verify.self, Head.self,
                Events.self, Import.self, Backup.self, Restore.self,
            ],
            defaultSubcommand: All.self)
    }
}

/// A subcommand that runs servers.
protocol ServerCommand: ParsableCommand {
    /// What the arguments say; throws what is wrong with them.
    func serverConfiguration() throws -> ServerConfiguration
}

extension TandemServer {
    /// Runs a domain's servers as a whole program: with this process's arguments, until SIGTERM or
    /// Ctrl-C. Ends the process if it can't; `--help` says how.
    public static func main(_ domain: some Domain) async {
        await main(domain) { service, _ in service }
    }

    /// - Parameter decorate: what each port serves, wrapped in more.
    package static func main(
        _ domain: some Domain,
        decorate: @escaping @Sendable (any PortService, Logger) -> any PortService
    ) async {
        do throws(ProcessText.NotUTF8) {
            let arguments = try ProcessText.arguments()
            do { try await run(domain, arguments, decorate) } catch {
                end(
                    CommandLineProgram.exitCode(for: error),
                    CommandLineProgram.fullMessage(for: error))
            }
        } catch {
            end(ExitCode.validationFailure, "Error: \(error)")
        }
    }

    private static func run(
        _ domain: some Domain, _ arguments: [String],
        _ decorate: @escaping @Sendable (any PortService, Logger) -> any PortService
    ) async throws {
        var command = try CommandLineProgram.parseAsRoot(arguments)
        if let looking = command as? any DomainCommand {
            return try looking.run(try CheckedDomain(domain))
        }
        guard let serving = command as? any ServerCommand else { return try command.run() }
        let configuration = try serving.serverConfiguration()
        configuration.memory.tell(configuration.logger)
        let server = TandemServer(domain, configuration) { [logger = configuration.logger] in
            decorate($0, logger)
        }
        var group = ServiceGroupConfiguration(
            services: [Announced(server: server)], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: configuration.logger)
        group.maximumGracefulShutdownDuration = configuration.drain * 2 + .seconds(30)
        do { try await ServiceGroup(configuration: group).run() } catch {
            throw StartFailure(message: "\(error)")
        }
    }

    /// Says what listens, in one line, for whoever started the server, be it a person or a script.
    private struct Announced: Service, CustomStringConvertible {
        let server: TandemServer
        var description: String { server.description }

        func run() async throws {
            try await server.run { addresses in
                let named = [
                    ("command", addresses.command), ("query", addresses.query),
                    ("feed", addresses.feed),
                ]
                let listening = named.compactMap { name, address in
                    address.map { " \(name)=\($0)" }
                }
                let line = Data("ready\(listening.joined())\n".utf8)
                // Written at once: standard output may be a pipe that somebody waits on. If nobody
                // does, the server serves all the same.
                try? FileHandle.standardOutput.write(contentsOf: line)
            }
        }
    }

    /// What it says holds arguments and file names, and those must not steer a terminal.
    private static func end(_ code: ExitCode, _ text: String) -> Never {
        let output = code.isSuccess ? FileHandle.standardOutput : .standardError
        // Nobody reads it: the exit code says it, too.
        if !text.isEmpty { try? output.write(contentsOf: Data("\(text.onItsLines)\n".utf8)) }
        Foundation.exit(code.rawValue)
    }
}
