import Foundation
import TandemCLI

/// The `tandem` program; all of it lives in TandemCLI, where tests can reach it.
@main
enum Tandem {
    static func main() async {
        exit(await TandemCommand.runProcess())
    }
}
