public import SwiftProtobuf
public import TandemCore

/// Something that has happened, as the log keeps it: a message of the domain's.
///
/// ```swift
/// extension Bank_V1_Deposited: Event {
///     static let stream = EventStream("account", \Self.accountID)
/// }
/// ```
///
/// A released event is never edited in a way that gives the bytes in old logs another meaning.
/// What has to change becomes a new message, and the old one a ``RetiredEvent``.
public protocol Event: Message {
    /// The name under which the log keeps it, for good. By default the message's name in its
    /// protobuf file, without the package: `Deposited`. Never a Swift type's.
    static var eventName: String { get }

    /// What it is about.
    static var stream: EventStream<Self> { get }
}

extension Event {
    public static var eventName: String {
        String(protoMessageName.split(separator: ".").last ?? "")
    }
}

/// An event that isn't written any more: logs hold it, and whoever reads them sees what has taken
/// its place.
///
/// Give one of the two a name of its own (``Event/eventName``) if both messages have the same.
public protocol RetiredEvent: Event {
    /// What has taken its place; may be retired too.
    associatedtype Successor: Event

    /// The same fact, as the successor says it. Pure, and for good: what it answers is part of the
    /// log's meaning.
    func upcast() throws -> Successor
}

/// Which stream an event belongs to: what kind of thing it is about, and the field with its id.
public struct EventStream<Subject: Message>: Sendable {
    let kind: StaticString
    let id: @Sendable (Subject) -> String

    /// The stream `kind-id`, as `account-7`.
    public init<ID: StreamIdentifier>(
        _ kind: StaticString, _ id: Field<Subject, ID>
    ) {
        self.kind = kind
        self.id = { "\(kind)-\($0[keyPath: id])" }
    }

    /// The stream of an event.
    package func name(of event: Subject) -> String { id(event) }
}

/// What streams and documents are told apart by.
public protocol StreamIdentifier: CustomStringConvertible, Sendable {}

extension UInt64: StreamIdentifier {}
extension Int64: StreamIdentifier {}
extension UInt32: StreamIdentifier {}
extension Int32: StreamIdentifier {}
extension String: StreamIdentifier {}
