import Foundation
import Testing
import Wire

@Test func `the specification's table of reasons is the code's`() throws {
    var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    let specification = try String(
        contentsOf: folder.appendingPathComponent("Protocol/SPEC.md"), encoding: .utf8)
    let heading = try #require(specification.range(of: "\n## 12. Errors"))
    let rest = specification[heading.upperBound...]
    let section = rest[..<(rest.range(of: "\n## ")?.lowerBound ?? rest.endIndex)]
    let reasons = section.matches(of: /\n\| ([A-Z_]+) \| [A-Z_]+ \|/).map { String($0.output.1) }
    #expect(Set(reasons) == Set(TandemReason.allCases.map(\.rawValue)))
    #expect(reasons.count == Set(reasons).count, "a reason stands twice")
}
