import Testing

@Suite struct LayerTests {
    @Test func `every target imports only what its arrows allow`() {
        for target in SourceTree.targetFolders {
            guard let allowed = Arrows.allowed[target.name] else {
                Issue.record("\(target.path) has no row in Arrows.swift")
                continue
            }
            for file in SourceTree.allFiles(of: target.path) {
                let findings = file.findings { line in
                    guard let module = Arrows.module(importedBy: line) else { return false }
                    return !allowed.contains(module)
                }
                #expect(findings.isEmpty, "\(target.name) may not import this")
            }
        }
    }

    @Test func `every row of the table has a target`() {
        let names = Set(SourceTree.targetFolders.map(\.name))
        #expect(Arrows.allowed.keys.filter { !names.contains($0) }.isEmpty)
    }

    @Test func `arrows point downward only`() {
        for (target, modules) in Arrows.allowed {
            var seen: Set<String> = []
            var open = modules
            while let module = open.popLast() {
                guard seen.insert(module).inserted else { continue }
                open += Arrows.allowed[module] ?? []
            }
            #expect(!seen.contains(target), "\(target) imports itself, by way of others")
        }
    }

    @Test func `SQLite is known to the two stores only`() {
        let users = Arrows.allowed.filter { row in
            row.value.contains { $0.hasPrefix("GRDB") || $0.hasPrefix("CSQLite") }
        }
        #expect(Set(users.keys) == ["WriteStore", "DocumentStore"])
    }

    @Test func `sockets are opened by Transport only`() {
        // The others make the event loops that Transport's sockets run on.
        let roots = ["Transport", "Tandem", "TandemClient", "harness"]
        for (target, modules) in Arrows.allowed where modules.contains("NIOPosix") {
            #expect(roots.contains(target))
        }
        // Tests and benchmarks stand outside, and speak to the ports as strangers do.
        let free = ["Sources/Transport/", "Tests/", "Benchmarks/"]
        for file in SourceTree.swiftFiles where !free.contains(where: file.path.hasPrefix) {
            #expect(file.findings { code(of: $0).contains("Bootstrap(") }.isEmpty)
        }
    }

    @Test func `pure layers read no clock`() {
        let clocks = ["ContinuousClock", "SuspendingClock", "Date()", "NIODeadline.now"]
        let pure = ["TandemCore", "Wire", "ConnectionState", "Projection", "Orders"]
        for file in pure.flatMap({ SourceTree.allFiles(of: "Sources/\($0)") }) {
            let findings = file.findings { line in
                let code = code(of: line)
                return clocks.contains { code.contains($0) }
            }
            #expect(findings.isEmpty, "time is passed in")
        }
    }

    @Test(arguments: [
        ("import Foundation", "Foundation"), ("package import NIOCore", "NIOCore"),
        ("@testable import Wire", "Wire"), ("import struct Foundation.Date", "Foundation"),
        ("    import GRDB // why", "GRDB"),
    ])
    func `an import is recognized`(line: String, module: String) {
        #expect(Arrows.module(importedBy: line) == module)
    }

    @Test(arguments: ["// import Foundation", "let x = \"import Foundation\"", "important()"])
    func `what is no import is not taken for one`(line: String) {
        #expect(Arrows.module(importedBy: line) == nil)
    }
}
