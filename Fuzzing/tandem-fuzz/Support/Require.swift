import Foundation

/// What has to hold for every input. If it doesn't, the process ends, and libFuzzer keeps the
/// input; optimized code says nothing of its own when it traps, so the sentence is printed first.
func require(
    _ isTrue: Bool, _ rule: @autoclosure () -> String, file: StaticString = #fileID,
    line: UInt = #line
) {
    guard !isTrue else { return }
    FileHandle.standardError.write(Data("\(file):\(line): broken: \(rule())\n".utf8))
    preconditionFailure("A rule of this fuzz target does not hold.")
}
