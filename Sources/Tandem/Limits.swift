import ArgumentParser
import Wire

/// One `--limit NAME=VALUE`, within its range.
struct LimitSetting: Sendable {
    let name: LimitName
    let value: Int

    init(argument: String) throws {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let name = LimitName(rawValue: String(parts[0])) else {
            throw ValidationError(
                "\(argument) sets no limit: write NAME=VALUE with a name that "
                    + "`\(CommandLineProgram.name) limits` lists.")
        }
        guard let value = Int(parts[1]), name.range.contains(value) else {
            throw ValidationError(
                "\(name.rawValue) is \(name.range.lowerBound) to \(name.range.upperBound), "
                    + "not \(parts[1]).")
        }
        self.name = name
        self.value = value
    }
}

/// Lists what `--limit` can set.
struct Limits: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the limits that --limit NAME=VALUE can set, and their defaults.",
        discussion: "Values are whole numbers: bytes, counts, or milliseconds (…-ms).")

    func run() {
        let defaults = WireLimits()
        let rows = LimitName.allCases.map { name in
            [
                name.rawValue, "\(defaults[name])",
                "\(name.range.lowerBound) to \(name.range.upperBound)", name.summary,
            ]
        }
        let header = ["NAME", "DEFAULT", "RANGE", "WHAT"]
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        for row in [header] + rows {
            let cells = zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }
            print(cells.joined(separator: "  ").trimmingSuffix(" "))
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        String(reversed().drop { $0 == character }.reversed())
    }
}
