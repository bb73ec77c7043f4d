public import Foundation
public import SwiftProtobuf

/// A field of a message, by key path: `\.accountID`.
public typealias Field<Root, Value> = any KeyPath<Root, Value> & Sendable

/// A method of a domain, whatever its messages: what server, client and tests all name it by.
public protocol Method: Sendable {
    /// In full: package, service and method, as `bank.v1.Accounts/Deposit`.
    var name: String { get }
}

/// A method of the command port: a request that changes something, and the reply to it.
///
/// Declared once, typed, and used by server, client and tests:
///
/// ```swift
/// enum Bank {
///     static let deposit = Command<Bank_V1_Deposit, Bank_V1_Receipt>("bank.v1.Accounts/Deposit")
/// }
/// ```
public struct Command<Request: Message, Reply: Message>: Method {
    public let name: String

    /// - Parameter name: in full, as `bank.v1.Accounts/Deposit`; looked at when a server starts.
    public init(_ name: String) { self.name = name }
}

/// A method of the query port that answers one document.
public struct Query<Request: Message, Answer: Message>: Method {
    public let name: String

    /// - Parameter name: in full, as `bank.v1.Accounts/Get`; looked at when a server starts.
    public init(_ name: String) { self.name = name }
}

/// A method of the query port that answers any number of documents: a page of an index, or those
/// with some keys.
public struct Listing<Request: Message, Item: Message>: Method {
    public let name: String

    /// - Parameter name: in full, as `bank.v1.Accounts/List`; looked at when a server starts.
    public init(_ name: String) { self.name = name }
}

/// A request for a page of a list: its fields `page_size` and `cursor`, under these names.
///
/// A message that has them conforms by saying so.
public protocol PageRequest: Message {
    /// How many items the page has at most; 0 stands for the listing's default.
    var pageSize: UInt32 { get set }
    /// Where the page begins: what the page before ended with; empty for the first.
    var cursor: Data { get set }
}
