import ArgumentParser
import DocumentStore
import Foundation
import ProcessText
import Projection
import TandemCore
import TandemDomain
import WriteStore

/// A subcommand that looks at a server's files as its domain does.
protocol DomainCommand: ParsableCommand {
    func run(_ domain: CheckedDomain) throws
}

/// Proves that what a data directory holds is what was committed.
struct Verify: DomainCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prove that a data directory holds what was committed.",
        discussion: """
            schema     tables and indexes as the migrations make them
            log        positions without a gap; each event's digest, which depends on all before it
            streams    versions counted from 1 without a gap
            answers    those kept under commands' keys: unchanged, and of positions that there are
            file       (--deep) every page, row and index entry of the write database
            tables     (--deep) those of the domain are what its events make of them, if it says how
            documents  (--deep) those of the read side's copy are what the log makes of them

            Not proved, since no event tells it: counters (automatic ids), and what deciders keep \
            of their states.

            Nothing is changed. It runs beside a server as well, except for the documents, whose \
            copy a server has for itself: stop it, or verify a copy of the directory. Documents \
            are held in memory twice, and tables made anew in a file without a name. A line for \
            each check; the first thing that is wrong is named. Ends with 65 then, and with 75 if \
            a check couldn't be made.
            """)

    @Option(name: .long, help: "The directory with the server's files.")
    var data = "tandem-data"

    @Option(name: .long, help: "Verify this backup instead.")
    var backup: String?

    @Flag(name: .long, help: "Look at the whole file, and at the documents.")
    var deep = false

    @Option(
        name: .long,
        help: "A file that `head` has printed: the log has to have held that, too.")
    var head: String?

    @Option(
        name: .long,
        help: "Whose signature the head has to have: a public key on P-256, a PEM file.")
    var key: String?

    func validate() throws {
        guard key == nil || head != nil else {
            throw ValidationError("--key is for a signed head: name its file with --head.")
        }
    }

    func run(_ domain: CheckedDomain) throws {
        let known = try head.map(knownHead)
        var report = VerificationReport()
        let verifier: LogVerifier
        do throws(WriteStoreError) {
            verifier = try LogVerifier(path: backup ?? data + "/write.sqlite")
        } catch {
            guard error.isLoss else { throw StartFailure(message: "\(error)") }
            try report.check("mark") { throw error }
            throw report.exitCode
        }
        if let known { try compare(known, verifier) }
        var followers = deep ? try followers(domain, verifier, &report) : []
        try report.check("schema") {
            "\(try verifier.checkSchema(of: domain.migrations)) tables and indexes"
        }
        let isLogRight = try report.check("log") {
            let end = try verifier.checkEvents { page in
                for index in followers.indices { followers[index].take(page) }
            }
            return "\(end.position) events, the last digest \(HexText.of(end.digest))"
        }
        if let known { try report.check("head") { try compare(known.end, verifier) } }
        try report.check("streams") { "\(try verifier.checkStreams()) streams" }
        try report.check("answers") { "\(try verifier.checkAnswers()) answers" }
        if deep {
            try report.check("file") {
                try verifier.checkFile()
                return "every page is sound"
            }
        }
        for follower in followers {
            if isLogRight {
                try report.check(follower.name) { try follower.end() }
            } else {
                try report.skip(follower.name, "it would be compared with a log that is wrong")
            }
        }
        throw report.exitCode
    }

    private func compare(_ known: LogEnd, _ verifier: LogVerifier) throws -> String {
        let found = try verifier.end(at: known.position)
        guard found == known else {
            throw Divergence(
                description: """
                    position \(known.position) had the digest \(HexText.of(known.digest)), and has \
                    \(found.map { HexText.of($0.digest) } ?? "no event") now
                    """)
        }
        return "what was known of position \(known.position) still holds"
    }

    /// Those who make anew from the log what is then compared.
    private func followers(
        _ domain: CheckedDomain, _ verifier: LogVerifier, _ report: inout VerificationReport
    ) throws -> [Follower] {
        var followers: [Follower] = []
        if let tables = try TableComparison(of: domain) {
            followers.append(
                Follower(name: "tables", add: tables.add) {
                    "\(try verifier.checkTables(tables)) rows"
                })
        }
        do {
            followers.append(try documents(domain, of: verifier.epoch))
        } catch let error as DocumentFileError where error.isRebuilt {
            try report.skip("documents", "\(error)")
        } catch {
            followers.append(Follower(name: "documents") { throw error })
        }
        return followers
    }

    private func documents(_ domain: CheckedDomain, of epoch: LogEpoch) throws -> Follower {
        let path = data + "/read.sqlite"
        guard backup == nil, FileManager.default.fileExists(atPath: path) else {
            return Follower(name: "documents") { "no copy of them is here" }
        }
        let schema = domain.documents.map { $0.collection }
        let file = try DocumentFile(path: path, schema: schema)
        // Nothing was written to it.
        defer { try? file.close() }
        let store = DocumentStore(schema: schema)
        guard let checkpoint = try file.load(into: store) else {
            return Follower(name: "documents") { "nothing was written to their copy yet" }
        }
        guard checkpoint.epoch == epoch else {
            throw DocumentFileError.unavailable(
                path: path,
                detail: "it is of another log (\(checkpoint.epoch)): a start sets it aside")
        }
        let comparison = try DocumentComparison(
            of: store, at: checkpoint, collections: domain.documents, reducer: domain.reducer)
        return Follower(name: "documents", add: { try comparison.add($0) }) {
            let count = try comparison.compare(areAlike: domain.areAlike)
            return "\(count) documents at position \(checkpoint.position)"
        }
    }

    private func knownHead(_ path: String) throws -> SignedHead {
        guard let known = SignedHead(try Proof.text(path)) else {
            throw StartFailure(message: "\(path) is not what `head` prints")
        }
        guard let key else { return known }
        let isSigned: Bool
        do { isSigned = try known.isSigned(by: Proof.text(key)) } catch let error as StartFailure {
            throw error
        } catch {
            throw StartFailure(message: "\(key) is no public key on P-256 in PEM: \(error)")
        }
        guard isSigned else {
            throw StartFailure(message: "\(path) was not signed by the owner of \(key)")
        }
        return known
    }

    private func compare(_ known: SignedHead, _ verifier: LogVerifier) throws {
        guard known.clusterID.bytes == verifier.clusterID else {
            throw StartFailure(message: "the head is of another cluster: \(known.clusterID)")
        }
    }
}

/// Something is not as it was.
struct Divergence: Error, CustomStringConvertible {
    let description: String
}

/// What came of each check, told as it comes.
private struct VerificationReport {
    private var hasDiverged = false
    private var hasSkipped = false

    /// Whether it is right.
    @discardableResult
    mutating func check(_ name: String, _ body: () throws -> String) throws -> Bool {
        let found = Result(catching: body)
        switch found {
        case .success(let text): try tell(name, text)
        case .failure(let error):
            hasDiverged = true
            try tell(name, "WRONG: \(error)")
        }
        if case .success = found { return true }
        return false
    }

    mutating func skip(_ name: String, _ reason: String) throws {
        hasSkipped = true
        try tell(name, "NOT CHECKED: \(reason)")
    }

    private func tell(_ name: String, _ text: String) throws {
        let gap = String(repeating: " ", count: max(1, 11 - name.count))
        try Output.write(name + gap + text.onOneLine + "\n")
    }

    var exitCode: ExitCode {
        if hasDiverged { return ExitCode(65) }
        return hasSkipped ? ExitCode(75) : .success
    }
}

/// Takes the log's events while they are checked, and says at the end what came of it.
private struct Follower {
    let name: String
    let add: ([RecordedEvent]) throws -> Void
    let finish: () throws -> String
    private var fault: (any Error)?

    init(
        name: String, add: @escaping ([RecordedEvent]) throws -> Void = { _ in },
        finish: @escaping () throws -> String
    ) {
        (self.name, self.add, self.finish) = (name, add, finish)
    }

    /// What it can't take is its own affair: the log may be right all the same.
    mutating func take(_ events: [RecordedEvent]) {
        guard fault == nil else { return }
        do { try add(events) } catch { fault = error }
    }

    func end() throws -> String {
        if let fault { throw fault }
        return try finish()
    }
}

extension DocumentFileError {
    /// Whether a start would build the documents anew, or they can't be looked at now: they are
    /// then neither right nor wrong.
    fileprivate var isRebuilt: Bool {
        switch self {
        case .unavailable, .otherFormat, .otherSchema, .tooLarge: true
        case .damaged, .foreign: false
        }
    }
}

extension TableComparison {
    /// `nil` if the domain doesn't say what its events mean for tables.
    convenience init?(of domain: CheckedDomain) throws {
        guard !domain.replayedTables.isEmpty else { return nil }
        try self.init(
            of: domain.replayedTables, migrations: domain.migrations,
            makeStatements: domain.makeStatements, apply: domain.replay)
    }
}

extension LogVerifier {
    /// All that a write database can be asked by itself; throws the first thing that is wrong.
    func prove(_ domain: CheckedDomain) throws {
        let tables = try TableComparison(of: domain)
        _ = try checkSchema(of: domain.migrations)
        _ = try checkEvents { try tables?.add($0) }
        _ = try checkStreams()
        _ = try checkAnswers()
        try checkFile()
        if let tables { _ = try checkTables(tables) }
    }
}
