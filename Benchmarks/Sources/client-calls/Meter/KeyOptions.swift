public import ArgumentParser
import Foundation

/// Which orders are asked for: the same words as the load generator's.
public struct KeyOptions: ParsableArguments {
    @Option(help: "The orders' ids: FIRST:COUNT.")
    private var keys = IDRange(first: 1, count: 20_000)

    @Option(help: "The same from a file, one a line.", completion: .file())
    private var keysFile: String?

    /// For the argument parser.
    public init() {}

    /// The ids, at least one.
    public func ids() throws -> [UInt64] {
        guard let keysFile else { return Array(keys.first..<keys.first + keys.count) }
        let words = try String(contentsOfFile: keysFile, encoding: .utf8).split(separator: "\n")
        let ids = words.compactMap { UInt64($0) }
        guard !ids.isEmpty, ids.count == words.count else {
            throw ValidationError("\(keysFile) is not a list of numbers.")
        }
        return ids
    }
}

/// Ids in a row, as the command line names them.
private struct IDRange: ExpressibleByArgument, Sendable {
    let first: UInt64
    let count: UInt64

    init(first: UInt64, count: UInt64) {
        self.first = first
        self.count = count
    }

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = UInt64(parts[0]), let count = UInt64(parts[1]),
            (1...100_000_000).contains(count), first < 1 << 62
        else { return nil }
        self.init(first: first, count: count)
    }

    var defaultValueDescription: String { "\(first):\(count)" }
}
