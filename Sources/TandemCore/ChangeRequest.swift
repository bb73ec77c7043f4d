public import SwiftProtobuf

/// A request to change one thing, whose caller may say which version of it they have seen.
public protocol ChangeRequest: Message {
    /// Whether they have said so.
    var hasExpectedVersion: Bool { get }
    /// How many events the thing's stream has, as a reply or a document has told it.
    var expectedVersion: UInt64 { get set }
}

extension ChangeRequest {
    /// What the caller has seen; `nil`: any will do.
    public var expectation: UInt64? { hasExpectedVersion ? expectedVersion : nil }
}
