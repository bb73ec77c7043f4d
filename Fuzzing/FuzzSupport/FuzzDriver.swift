import CFuzzer
import Foundation

/// Hands the program over to libFuzzer.
///
/// SwiftPM gives each executable a `main` of its own, so libFuzzer's can't be the one.
package enum FuzzDriver {
    /// Runs `test` as the command line says, and ends the process.
    package static func run(
        _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
    ) -> Never {
        var count = CommandLine.argc
        // Both outlive the call, which is the rest of the program.
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
            unsafe CommandLine.unsafeArgv
        exit(unsafe LLVMFuzzerRunDriver(&count, &arguments, test))
    }
}
