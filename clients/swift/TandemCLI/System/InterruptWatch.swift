import Dispatch
import Foundation

/// Turns the first Ctrl-C (or SIGTERM) into a call; the second ends the process as usual.
///
/// Unchecked: the sources are never replaced, and dispatch sources may be used from any thread.
package final class InterruptWatch: @unchecked Sendable {
    private let sources: [any DispatchSourceSignal]

    package init(_ onInterrupt: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "tandem.interrupt")
        sources = [SIGINT, SIGTERM].map { number in
            // A dispatch source only watches: without this the process would end at once.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                signal(number, SIG_DFL)
                onInterrupt()
            }
            source.resume()
            return source
        }
    }

    package func stop() {
        for source in sources { source.cancel() }
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
    }
}
