import ConnectionState
import DocumentStore
import Synchronization
import Transport

/// Tells the operator of documents that can't be served. Any thread.
///
/// A caller can ask for one again and again: each is told once, of the first few, and then how
/// often it happens, in pauses that grow.
final class DamageLog: Sendable {
    private let cases = Mutex(OutageLog())
    private let log: @Sendable (String) -> Void

    init(_ log: @escaping @Sendable (String) -> Void) {
        self.log = log
    }

    func note(_ key: DocumentKey, of collection: String, because reason: String) {
        let sentence = """
            the document \(key) of \(collection) is damaged and not served (DATA_LOSS): \(reason). \
            Move the durable copy away and start again: it is rebuilt from the log
            """
        if let line = cases.withLock({ $0.failed(because: sentence, now: .current) }) { log(line) }
    }
}
