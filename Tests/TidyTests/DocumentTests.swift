import Foundation
import Testing

@Suite struct DocumentTests {
    @Test func `ARCHITECTURE names every target`() throws {
        let text = try text(of: "ARCHITECTURE.md")
        for target in SourceTree.targetFolders {
            #expect(text.contains("`\(target.name)`"), "say what \(target.path) is for")
        }
    }

    @Test(arguments: ["ARCHITECTURE.md", "README.md"])
    func `files that a document names are there`(document: String) throws {
        let files = SourceTree.swiftFiles + SourceTree.allFiles(of: "Examples")
        let names = Set(files.map { $0.path.split(separator: "/").last ?? "" })
        let text = try text(of: document)
        let missing = text.matches(of: /[A-Z][A-Za-z+]*\.swift/).map(\.output)
            .filter { !names.contains($0) }
        #expect(missing.isEmpty, "\(document) names files that are not there")
    }

    @Test(arguments: [
        "ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "Docs/Comparison.md",
        "Examples/README.md",
        "Protocol/README.md", "Protocol/RATIONALE.md",
        "Protocol/SPEC.md", "Protocol/conformance/TEST-SERVICE.md", "Protocol/vectors/SESSIONS.md",
    ])
    func `links lead somewhere`(document: String) throws {
        let folder = SourceTree.root.appendingPathComponent(document).deletingLastPathComponent()
        let text = try text(of: document)
        for match in text.matches(of: /\]\(([^)#]+)\)/) where !match.output.1.contains("://") {
            let target = folder.appendingPathComponent(String(match.output.1))
            #expect(
                FileManager.default.fileExists(atPath: target.path),
                "\(document) links to \(match.output.1)")
        }
    }

    @Test(arguments: ["ARCHITECTURE.md", "README.md", "Protocol/SPEC.md"])
    func `no placeholder is left`(document: String) throws {
        let file = try #require(SourceFile(path: document))
        let marks = ["FIG" + "URE:", "SESSION" + "-OUTPUT"]
        let findings = file.findings { line in marks.contains { line.contains($0) } }
        #expect(findings.isEmpty, "fill it in")
    }

    @Test func `every MUST of the specification has an id of its own`() throws {
        let text = try ["Protocol/SPEC.md", "Protocol/conformance/TEST-SERVICE.md"]
            .map(text(of:)).joined(separator: "\n\n")
        let ids = text.matches(of: /\*\*\[([A-Z]{2}-\d{2})\]\*\*/).map { String($0.output.1) }
        #expect(ids.count > 50)
        #expect(ids.count == Set(ids).count, "an id stands twice")
        for paragraph in paragraphs(of: text) where paragraph.contains("MUST") {
            let isNamed = paragraph.hasPrefix("- **[") || paragraph.contains("RFC 2119")
            #expect(isNamed, "a MUST without an id: \(paragraph)")
        }
    }

    /// Paragraphs, each entry of a list by itself.
    private func paragraphs(of text: String) -> [String] {
        var result: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty || line.hasPrefix("- ") || result.isEmpty { result.append("") }
            result[result.count - 1] += line + " "
        }
        return result
    }

    private func text(of document: String) throws -> String {
        try #require(SourceFile(path: document), "\(document) is missing")
            .lines.joined(separator: "\n")
    }
}
