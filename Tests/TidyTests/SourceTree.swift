import Foundation

/// The repository's files, found from this one's path.
enum SourceTree {
    /// The folder that holds Package.swift.
    static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder
    }()

    /// All Swift files of the product and its tests, but for generated ones.
    static let swiftFiles: [SourceFile] = files(
        under: ["Sources", "clients", "Benchmarks", "Tests"]
    )
    .filter { $0.path.hasSuffix(".swift") && !$0.path.contains("/Generated/") }

    /// Everything that a person reads or edits.
    static let textFiles: [SourceFile] =
        files(under: ["Sources", "clients", "Benchmarks", "Tests", "Scripts", "Protocol", ".ci"])
        + topLevelNames.filter { name in textEndings.contains { name.hasSuffix($0) } }
        .compactMap { SourceFile(path: $0) }

    /// The folders that hold a target's sources: their names and paths.
    static let targetFolders: [(name: String, path: String)] =
        folders(in: "Sources") + folders(in: "clients/swift")

    /// The Swift files below a folder, generated ones too.
    static func allFiles(of folder: String) -> [SourceFile] {
        files(under: [folder]).filter { $0.path.hasSuffix(".swift") }
    }

    private static let textEndings = [".md", ".swift", ".gitignore", ".swift-format"]

    private static var topLevelNames: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []).sorted()
    }

    private static func folders(in parent: String) -> [(name: String, path: String)] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: path(parent))
        return (names ?? []).sorted()
            .filter { isFolder("\(parent)/\($0)") }
            .map { ($0, "\(parent)/\($0)") }
    }

    private static func files(under folders: [String]) -> [SourceFile] {
        folders.flatMap { folder in
            let found = FileManager.default.enumerator(atPath: path(folder))?.allObjects
            return (found ?? []).compactMap { $0 as? String }.sorted()
                .filter { !$0.contains(".build") && !$0.contains("__pycache__") }
                .map { "\(folder)/\($0)" }
                .filter { !isFolder($0) }
                .compactMap { SourceFile(path: $0) }
        }
    }

    /// Whether there is a file or a folder, from the root.
    static func exists(_ relative: String) -> Bool {
        FileManager.default.fileExists(atPath: path(relative))
    }

    private static func path(_ relative: String) -> String {
        root.appendingPathComponent(relative).path
    }

    private static func isFolder(_ relative: String) -> Bool {
        var isFolder: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(
            atPath: path(relative), isDirectory: &isFolder)
        return exists && isFolder.boolValue
    }
}

/// A text file.
struct SourceFile: Sendable {
    /// From the repository's root.
    let path: String
    let lines: [String]

    /// Without folders and ending.
    var name: String {
        String(path.split(separator: "/").last?.prefix { $0 != "." } ?? "")
    }

    /// `nil` if it can't be read, or is no text.
    init?(path: String) {
        let url = SourceTree.root.appendingPathComponent(path)
        guard let data = try? Data(contentsOf: url), let text = String(data: data, encoding: .utf8)
        else { return nil }
        self.init(path: path, text: text)
    }

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The lines with their numbers for which `isWrong` is true, as `path:line: text`.
    func findings(_ isWrong: (String) -> Bool) -> [String] {
        lines.indices.filter { isWrong(lines[$0]) }.map {
            "\(path):\($0 + 1): \(lines[$0].trimmingCharacters(in: .whitespaces))"
        }
    }
}

/// A line of Swift without its comment and without what stands in string literals.
///
/// Good enough for our own style: knows line comments and one-line literals.
func code(of line: String) -> String {
    var result = ""
    var isInLiteral = false
    var isEscaped = false
    var previous: Character?
    for character in line {
        if isInLiteral {
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isInLiteral = false
            }
        } else if character == "\"" {
            isInLiteral = true
        } else if character == "/", previous == "/" {
            result.removeLast()
            return result
        } else {
            result.append(character)
        }
        previous = character
    }
    return result
}
