/// A file that can't be read.
package struct FileFailure: InputFailure, Hashable, Sendable, CustomStringConvertible {
    package let path: String
    package let reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { message }
    package var message: String { "\(path): \(reason)" }
}
