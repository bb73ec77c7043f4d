/// What comes next from a file to import.
package enum ImportItem: Sendable {
    case entity(ImportEntity)
    /// Rows that can't be imported.
    case bad([CSVProblem])
}

/// Reads entities from a file, row by row.
package protocol ImportRows: Sendable {
    /// The next entity or problem; `nil` at the end.
    mutating func next() throws(FileFailure) -> ImportItem?
    /// How much of the file has been read.
    var consumedByteCount: Int { get }
}

/// Where the columns of a file are, by their names in its first row.
package struct ColumnMap: Sendable {
    private let indexes: [Int]
    private let fieldCount: Int

    /// Reads the first row.
    package init(_ names: [String], of reader: inout CSVReader) throws(ImportFailure) {
        let isPresent: Bool
        do throws(CSVReadFailure) {
            isPresent = try reader.next()
        } catch {
            switch error {
            case .file(let failure): throw .file(failure)
            case .malformed(let problem, _): throw .badRow(problem)
            }
        }
        guard isPresent else {
            throw .badRow(
                reader.problem(
                    "the file is empty; its first row has to be \(names.joined(separator: ","))"))
        }
        fieldCount = reader.fieldCount
        var indexes: [Int] = []
        for name in names {
            let bytes = Array(name.utf8)
            let found = (0..<fieldCount).filter { reader.field($0, equals: bytes) }
            guard let first = found.first else {
                throw .badRow(reader.problem(Self.missing(name, of: names, in: reader)))
            }
            guard found.count == 1 else {
                throw .badRow(
                    reader.problem(
                        "the column \(name) stands twice, as field \(found[0] + 1) and as field "
                            + "\(found[1] + 1): which one is meant? Rename or remove one",
                        field: found[1]))
            }
            indexes.append(first)
        }
        self.indexes = indexes
    }

    /// What was seen instead.
    private static func missing(
        _ name: String, of names: [String], in reader: CSVReader
    ) -> String {
        let wanted = "the first row has to name the columns \(names.joined(separator: ","))"
        if reader.fieldCount == 1 {
            let separators = [(";", "a semicolon"), ("\t", "a tab"), ("|", "a vertical bar")]
            let header = reader.bytes(0)
            for (separator, called) in separators where header.contains(separator.utf8.first ?? 0) {
                return "the columns look separated by \(called); commas are needed, and \(wanted)"
            }
        }
        let shown = (0..<min(reader.fieldCount, 20)).map {
            "'" + String(decoding: reader.bytes($0).prefix(30), as: UTF8.self) + "'"
        }
        return "there is no column \(name); \(wanted). It has "
            + shown.joined(separator: ", ") + (reader.fieldCount > shown.count ? ", …" : "")
    }

    /// Where a column is, by its place in the list of names.
    subscript(_ column: Int) -> Int { indexes[column] }

    /// What is wrong with the present row's shape.
    func problem(with reader: CSVReader) -> CSVProblem? {
        guard reader.fieldCount != fieldCount else { return nil }
        return reader.problem(
            "this row has \(reader.fieldCount) fields, the first row has \(fieldCount)")
    }
}

/// Why an import ended before its end.
package enum ImportFailure: Error, Hashable, Sendable {
    case file(FileFailure)
    case badRow(CSVProblem)
}

// Fields as the importer wants them; a problem says which column, what stands there and what
// should.
extension CSVReader {
    func id(_ index: Int, _ column: String) throws(CSVProblem) -> UInt64 {
        guard let id = unsigned(index, limit: UInt64(Int64.max)), id > 0 else {
            throw unexpected(index, column, "a whole number from 1 to 2^63 - 1")
        }
        return id
    }

    func money(_ index: Int, _ column: String) throws(CSVProblem) -> Int64 {
        guard let amount = signed(index) else {
            throw unexpected(index, column, "a whole number of minor units (cents)")
        }
        return amount
    }

    func requiredText(_ index: Int, _ column: String) throws(CSVProblem) -> String {
        guard let text = text(index) else {
            throw problem("\(column): not UTF-8; save the file as UTF-8", field: index)
        }
        guard !text.isEmpty else { throw problem("\(column): is empty, but needed", field: index) }
        return text
    }

    func currency(_ index: Int) throws(CSVProblem) -> String {
        let code = bytes(index)
        guard code.count == 3, code.allSatisfy({ (65...90).contains($0) }) else {
            throw unexpected(index, "currency", "a code of three capital letters, like USD")
        }
        return String(decoding: code, as: UTF8.self)
    }

    func unexpected(_ index: Int, _ column: String, _ expected: String) -> CSVProblem {
        let found = String(decoding: bytes(index).prefix(40), as: UTF8.self)
        let what = found.isEmpty ? "is empty" : "'\(found)' found"
        return problem("\(column): \(what), \(expected) expected", field: index)
    }
}
