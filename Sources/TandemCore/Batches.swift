public import Foundation
public import SwiftProtobuf

/// A request of many commands of one method: see `On.init(_:each:countMax:requestByteCountMax:)`.
///
/// A message with a field of this name conforms by saying so; so do those inside.
public protocol BatchRequest: Message {
    /// A message of the request's.
    associatedtype Part: BatchPart
    /// Run in this order.
    var parts: [Part] { get set }
}

/// One command of a ``BatchRequest``.
public protocol BatchPart: Message {
    /// The request of the method that each part is a call of.
    associatedtype Request: Message
    /// What the command would be called with alone.
    var request: Request { get set }
    /// The command's own key, 16 bytes; empty: made of the call's key and the part's place.
    var idempotencyKey: Data { get set }
}

/// What became of a batch.
public protocol BatchReply: Message {
    /// A message of the reply's.
    associatedtype Outcome: BatchOutcome
    /// In the order of the parts.
    var outcomes: [Outcome] { get set }
}

/// What became of one part: a reply or an error, in a `oneof`.
public protocol BatchOutcome: Message {
    /// The reply of the method that each part is a call of.
    associatedtype Reply: Message
    /// A message of the outcome's.
    associatedtype Failure: BatchError
    /// What the command alone would have been answered.
    var reply: Reply { get set }
    /// Why it came to nothing.
    var error: Failure { get set }
    /// It had run before, and this is what came of it then.
    var isReplay: Bool { get set }
}

/// Why a part came to nothing: what an ERROR frame says of a call.
public protocol BatchError: Message {
    /// A ``StatusCode``.
    var code: UInt32 { get set }
    /// A word for programs, as `UNKNOWN_PRODUCT`.
    var reason: String { get set }
    /// For people.
    var message: String { get set }
    /// Facts for programs.
    var metadata: [String: String] { get set }
    /// It did not run, and nothing is kept under its key.
    var notProcessed: Bool { get set }
    /// Milliseconds after which the same may be sent again; `UInt32.max`: never; 0: not said.
    var retryAfterMs: UInt32 { get set }
}
