import Foundation
import Testing

@Suite struct SourceTextTests {
    private static let columnMax = 100
    private static let lineCountMax = 500

    @Test func `the sources are found`() {
        #expect(SourceTree.swiftFiles.count > 100)
        #expect(SourceTree.textFiles.contains { $0.path == "Package.swift" })
    }

    @Test func `no line is longer than 100 columns`() {
        for file in SourceTree.swiftFiles {
            let findings = file.findings { $0.count > Self.columnMax }
            #expect(findings.isEmpty, "wrap it")
        }
    }

    @Test func `no file is longer than 500 lines`() {
        for file in SourceTree.swiftFiles {
            #expect(file.lines.count <= Self.lineCountMax, "split \(file.path)")
        }
    }

    /// Force unwraps are swift-format's to find.
    @Test func `nothing traps on what may go wrong`() {
        let traps = ["try" + "!", "as" + "!", "fatal" + "Error(", "assertion" + "Failure("]
        for file in SourceTree.swiftFiles {
            let findings = file.findings { line in
                let code = code(of: line)
                return traps.contains { code.contains($0) }
            }
            #expect(findings.isEmpty, "throw, or say what our own bug is: preconditionFailure")
        }
    }

    @Test func `nothing is left to do`() {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        for file in SourceTree.textFiles where file.path != "LICENSE" {
            let findings = file.findings { line in
                let wordsOfLine = line.split { !$0.isLetter && $0 != "_" }
                return words.contains { word in wordsOfLine.contains { $0 == word } }
            }
            #expect(findings.isEmpty, "do it, or write it down elsewhere")
        }
    }

    @Test func `no file names a place on somebody's machine`() {
        let places = ["/ho" + "me/", "/Us" + "ers/", "/ro" + "ot/", "/wo" + "rk/"]
        for file in SourceTree.textFiles {
            let findings = file.findings { line in places.contains { line.contains($0) } }
            #expect(findings.isEmpty, "make it relative")
        }
    }

    /// What Terminal writes is SafeText: data can't steer the terminal.
    @Test func `the command line writes to people through Terminal only`() {
        let writers = [
            "pri" + "nt(", "debugPri" + "nt(", "du" + "mp(", "fpu" + "ts(", "fwri" + "te(",
            "standardOut" + "put", "standardErr" + "or", "STDOUT_FIL" + "ENO", "STDERR_FIL" + "ENO",
        ]
        let sources = SourceTree.swiftFiles.filter { $0.path.hasPrefix("clients/swift/TandemCLI/") }
        #expect(sources.count > 30)
        for file in sources where !file.path.hasSuffix("/Terminal.swift") {
            let findings = file.findings { line in
                let code = code(of: line)
                return writers.contains { code.contains($0) }
            }
            #expect(findings.isEmpty, "write SafeText to Terminal")
        }
    }

    @Test func `whoever switches the checker off says why it is sound`() {
        let switches = ["@unchecked" + " Sendable", "nonisolated" + "(unsafe)"]
        for file in SourceTree.swiftFiles {
            let unexplained = file.lines.indices.filter { index in
                let code = code(of: file.lines[index])
                guard switches.contains(where: code.contains) else { return false }
                return !file.lines[max(0, index - 3)..<index].contains { isComment($0) }
            }
            #expect(
                unexplained.isEmpty,
                "\(file.path) needs a comment above line \(unexplained.map { $0 + 1 })")
        }
    }

    /// In tests, what is not the matter may go wrong.
    @Test func `whoever lets an error go says why it may go`() {
        let folders = ["Sources/", "clients/", "Benchmarks/"]
        for file in SourceTree.swiftFiles where folders.contains(where: file.path.hasPrefix) {
            let unexplained = file.lines.indices.filter { index in
                let line = file.lines[index]
                let words = code(of: line).split { !$0.isLetter && $0 != "?" }
                guard words.contains(where: { $0 == "try" + "?" }) else { return false }
                return !line.contains("// ") && !isComment(file.lines[max(0, index - 1)])
            }
            #expect(
                unexplained.isEmpty,
                "\(file.path) needs a comment above line \(unexplained.map { $0 + 1 })")
        }
    }

    private func isComment(_ line: String) -> Bool {
        line.trimmingCharacters(in: .whitespaces).hasPrefix("//")
    }

    @Test(arguments: [
        ("let a = \"// no comment\" // try", "let a =  "), ("call() // why", "call() "),
        ("let a = \"\\\"try\" + b", "let a =  + b"), ("a / b", "a / b"),
    ])
    func `comments and literals are not code`(line: String, expected: String) {
        #expect(code(of: line) == expected)
    }
}
