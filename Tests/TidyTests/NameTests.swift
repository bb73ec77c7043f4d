import Foundation
import Testing

/// What stands in backquotes in comments and documents, and looks like a type or a path.
@Suite struct NameTests {
    /// Of packages that are used, of domains that are only told of, and of folders.
    private static let outside: Set = ["AcceptBackoffHandler", "Deposited", "Generated"]

    /// All words of our code: whatever the compiler takes there exists.
    private static let names: Set<String> = {
        var names = outside
        for file in SourceTree.swiftFiles {
            names.insert(file.name)
            for line in file.lines { names.formUnion(words(of: code(of: line))) }
        }
        return names
    }()

    private static func words(of code: String) -> [String] {
        code.utf8.split { !isOfName($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Types and their members, as `Type`, `Type.member` or, in a comment, `Type/member(_:)`.
    private static func missingNames(in text: String) -> [String] {
        text.matches(of: /`([A-Z]\w*)((?:[.\/]\w+)*)(?:\([\w:]*\))?`/)
            // What has no small letter is the protocol's: WELCOME, say.
            .filter { $0.output.1.contains(where: \.isLowercase) }
            .filter { !SourceTree.exists(String($0.output.1 + $0.output.2)) }
            .flatMap { words(of: String($0.output.1 + $0.output.2)) }
            .filter { !names.contains($0) }
    }

    @Test func `what a comment names is there`() {
        for file in SourceTree.swiftFiles {
            let findings = file.findings { line in
                guard let start = line.range(of: "//"), line.contains("`") else { return false }
                return !Self.missingNames(in: String(line[start.lowerBound...])).isEmpty
            }
            #expect(findings.isEmpty, "has it another name by now?")
        }
    }

    @Test(arguments: [
        "ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "Docs/Tandem.docc/YourFirstDomain.md",
    ])
    func `what a document names is there`(document: String) throws {
        let file = try #require(SourceFile(path: document))
        let findings = file.findings { line in
            line.matches(of: /`([A-Z][\w.\/-]*[a-z][\w.\/-]*)`/).contains { match in
                let name = String(match.output.1)
                // Files are looked for by another test.
                guard !name.hasSuffix(".swift") else { return false }
                return !SourceTree.exists(name) && !Self.missingNames(in: "`\(name)`").isEmpty
            }
        }
        #expect(findings.isEmpty, "has it another name by now?")
    }

    @Test(arguments: [
        ("the `NoSuchType` is", ["NoSuchType"]),
        ("``NameTests/noSuchMember(_:)``", ["noSuchMember"]),
        ("`NameTests`, `WELCOME` and `let it = Be`", []),
    ])
    func `only what is not there is missing`(text: String, missing: [String]) {
        #expect(Self.missingNames(in: text) == missing)
    }
}
