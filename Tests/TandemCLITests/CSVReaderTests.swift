import TandemCLI
import Testing

@Suite struct CSVReaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let input: [UInt8]
        let rows: [String]

        init(_ name: String, _ input: String, _ rows: [[String]], problems: [String] = []) {
            self.init(name, bytes: Array(input.utf8), rows, problems: problems)
        }

        init(_ name: String, bytes: [UInt8], _ rows: [[String]], problems: [String] = []) {
            self.name = name
            input = bytes
            self.rows = rows.map { $0.joined(separator: "|") } + problems.map { "! \($0)" }
        }

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case("nothing", "", []),
        Case("only line ends", "\n\r\n\n", []),
        Case("one field", "a", [["a"]]),
        Case("line feeds", "a,b\nc,d\n", [["a", "b"], ["c", "d"]]),
        Case("carriage returns and line feeds", "a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
        Case("no line end at the end", "a,b\nc,d", [["a", "b"], ["c", "d"]]),
        Case("a carriage return at the very end", "a,b\r", [["a", "b"]]),
        Case("empty fields", ",\n,,\n", [["", ""], ["", "", ""]]),
        Case("an empty last field at the end", "a,", [["a", ""]]),
        Case("empty lines between", "a\n\n\r\nb\n", [["a"], ["b"]]),
        Case("an empty quoted field is a row", "\"\"\n", [[""]]),
        Case("quoted", "\"a\",\"b\"\n", [["a", "b"]]),
        Case("quoted at the end", "x,\"a\"", [["x", "a"]]),
        Case("a comma in quotes", "\"a,b\",c\n", [["a,b", "c"]]),
        Case("doubled quotes", "\"a\"\"b\",\"\"\"\",\"\"\"\"\"\"\n", [["a\"b", "\"", "\"\""]]),
        Case("line ends in quotes", "\"a\nb\r\nc\",d\ne,f\n", [["a\nb\r\nc", "d"], ["e", "f"]]),
        Case("spaces are kept", " a , b\n", [[" a ", " b"]]),
        Case("low bytes that mean nothing", "a!#$%&'()*+b,c\n", [["a!#$%&'()*+b", "c"]]),
        Case("characters of many bytes", "é,日本,🛒\n", [["é", "日本", "🛒"]]),
        Case("a byte order mark", bytes: [0xEF, 0xBB, 0xBF] + Array("a,b\n".utf8), [["a", "b"]]),
        Case("a byte order mark before quotes", "\u{FEFF}\"a\"\n", [["a"]]),
        Case("half a byte order mark", bytes: [0xEF, 0xBB], [["\u{FFFD}"]]),
        Case(
            "a quote in an unquoted field", "a\nb,x\"y\nc\n", [["a"], ["c"]],
            problems: ["2:4 quoteInUnquotedField b"]),
        Case(
            "text after a closing quote", "\"a\"b,c\nd\n", [["d"]],
            problems: ["1:4 textAfterClosingQuote \"a\"b"]),
        Case(
            "a carriage return alone", "a\rb\nc\n", [["c"]],
            problems: ["1:2 bareCarriageReturn a\rb"]),
        Case(
            "columns are counted in characters", "é日,x\"\n", [],
            problems: ["1:5 quoteInUnquotedField é日"]),
        Case(
            "a quote that is never closed costs its line only", "1,\"a\n2,b\n3,c",
            [["2", "b"], ["3", "c"]],
            problems: ["1:3 unclosedQuote 1"]),
        Case(
            "a fault on a later line of a row has its own place", "1,\"a\nb\"c\n2,d\n",
            [["2", "d"]],
            problems: ["1:1 - 1", "2:2 - b\"c"]),
    ]

    /// What a reader makes of input in pieces: rows first, then problems.
    private func read(_ pieces: [[UInt8]], recordByteCountMax: Int = 1 << 20) -> [String] {
        var reader = CSVReader(
            file: "f", source: PiecesSource(pieces), recordByteCountMax: recordByteCountMax)
        var rows: [String] = []
        var problems: [String] = []
        // Bounded: a reader that doesn't get on must fail the test, not hang it.
        for _ in 0..<1_000 {
            do throws(CSVReadFailure) {
                guard try reader.next() else { return rows + problems }
                rows.append(
                    (0..<reader.fieldCount).map {
                        String(decoding: reader.bytes($0), as: UTF8.self)
                    }
                    .joined(separator: "|"))
            } catch {
                guard case .malformed(let problem, let first) = error else { return ["file"] }
                problems.append(
                    "! \(problem.line):\(problem.column ?? 0) \(word(problem.reason)) \(first)")
            }
        }
        return ["the reader never ended"]
    }

    private func word(_ reason: String) -> String {
        let faults: [(CSVFault, String)] = [
            (.quoteInUnquotedField, "quoteInUnquotedField"),
            (.textAfterClosingQuote, "textAfterClosingQuote"),
            (.bareCarriageReturn, "bareCarriageReturn"), (.unclosedQuote, "unclosedQuote"),
        ]
        return faults.first { $0.0.reason == reason }?.1 ?? "-"
    }

    @Test(arguments: cases)
    func `a file is read as RFC 4180 says, and faults have their place`(test: Case) {
        // A fault inside a row of two lines is told for both lines, in whatever words.
        guard !test.rows.contains(where: { $0.contains(" - ") }) else {
            let places = read([test.input]).filter { $0.hasPrefix("!") }.map { $0.prefix(5) }
            #expect(places == ["! 2:3", "! 2:2"])
            return
        }
        #expect(read([test.input]) == test.rows)
    }

    @Test(arguments: cases)
    func `it makes no difference where the input is cut`(test: Case) {
        let whole = read([test.input])
        #expect(read(test.input.map { [$0] }) == whole)
        for first in 0...test.input.count {
            for second in first...test.input.count {
                let pieces = [
                    Array(test.input[..<first]), Array(test.input[first..<second]),
                    Array(test.input[second...]),
                ]
                #expect(read(pieces) == whole, "cut at \(first) and \(second)")
            }
        }
    }

    @Test func `a row without end is refused before it is held, and reading goes on behind it`() {
        let long = Array("\"".utf8) + Array(repeating: UInt8(ascii: "x"), count: 5_000)
        let pieces = [long, long, Array("\nnext,row\n".utf8)]
        var reader = CSVReader(
            file: "f", source: PiecesSource(pieces), recordByteCountMax: 4_096)
        let failure = #expect(throws: CSVReadFailure.self) { _ = try reader.next() }
        guard case .malformed(let problem, _) = failure else {
            Issue.record("not a malformed row")
            return
        }
        #expect(problem.description.hasPrefix("f:1:1: this row is longer than 4096 bytes"))
        #expect((try? reader.next()) == true)
        #expect(reader.bytes(0) == Array("next".utf8))
        #expect(reader.line == 2)
    }

    @Test func `numbers that are none or too large are told apart from those that are`() throws {
        let text =
            "0,9223372036854775807,9223372036854775808,-1,-9223372036854775807,,-,+1,1x,"
            + "99999999999999999999\n"
        var reader = CSVReader(file: "f", source: PiecesSource([Array(text.utf8)]))
        #expect(try reader.next())
        let unsigned = (0..<10).map { reader.unsigned($0, limit: UInt64(Int64.max)) }
        #expect(
            unsigned == [0, UInt64(Int64.max), nil, nil, nil, nil, nil, nil, nil, nil])
        let signed = (0..<10).map { reader.signed($0) }
        #expect(signed == [0, .max, nil, -1, -.max, nil, nil, nil, nil, nil])
    }

    @Test func `bytes that are not UTF-8 are no text`() throws {
        var reader = CSVReader(file: "f", source: PiecesSource([[0x61, 0xFF, 0x0A]]))
        #expect(try reader.next())
        #expect(reader.text(0) == nil)
    }
}
