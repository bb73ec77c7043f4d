import CFuzzer
import Foundation

/// Hands the program over to libFuzzer, with the target that the first argument names.
///
/// SwiftPM gives each executable a `main` of its own, so libFuzzer's can't be the one.
@main
enum TandemFuzz {
    private typealias Test = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

    private static let targets: KeyValuePairs<String, Test> = unsafe [
        "FuzzFrames": fuzzFrames, "FuzzMetadata": fuzzMetadata, "FuzzHello": fuzzHello,
        "FuzzBodies": fuzzBodies, "FuzzCursors": fuzzCursors, "FuzzClient": fuzzClient,
        "FuzzServer": fuzzServer,
    ]

    static func main() {
        let name = CommandLine.arguments.dropFirst().first ?? ""
        guard let (_, test) = unsafe targets.first(where: { unsafe $0.key == name }) else {
            refuse(name)
            exit(2)
        }
        // Where libFuzzer starts itself again, it makes the command line of what it was given.
        let program = unsafe strdup("\(CommandLine.arguments[0]) \(name)")
        var arguments = unsafe Optional(CommandLine.unsafeArgv + 1)
        unsafe arguments?.pointee = program
        var count = CommandLine.argc - 1
        // All of them outlive the call, which is the rest of the program.
        exit(unsafe LLVMFuzzerRunDriver(&count, &arguments, test))
    }

    private static func refuse(_ name: String) {
        let names = unsafe targets.map { unsafe $0.key }.joined(separator: ", ")
        let error = "error: the first argument is one of \(names), not \"\(name)\"\n"
        FileHandle.standardError.write(Data(error.utf8))
    }
}
