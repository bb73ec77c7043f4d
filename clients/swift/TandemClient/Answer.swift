public import TandemCore

/// A server's answer: its value, whose members can be reached directly, and what the answer says
/// about itself.
@dynamicMemberLookup
public struct Answer<Value: Sendable>: Sendable {
    /// What was asked for.
    public let value: Value
    /// A command's: the position it reached. A query's: the position it reflects.
    public let token: ConsistencyToken?
    /// A command had been carried out before under the same key; this is its answer of then.
    public let isReplay: Bool
    /// A query's: how long ago the answer was known to be complete.
    public let age: Duration?
    /// A command's: the key under which it was sent. Sent again with it, it happens once in all.
    public let key: IdempotencyKey?

    package init(
        _ value: Value, token: ConsistencyToken?, isReplay: Bool, age: Duration?,
        key: IdempotencyKey? = nil
    ) {
        self.value = value
        self.key = key
        self.token = token
        self.isReplay = isReplay
        self.age = age
    }

    /// A member of the value.
    public subscript<Member>(dynamicMember member: KeyPath<Value, Member>) -> Member {
        value[keyPath: member]
    }
}

/// One page of a list.
public struct Page<Item: Sendable>: Sendable {
    /// In the order of the list.
    public let items: [Item]
    /// Where the next page begins; `nil` if this is the last one.
    public let next: PageCursor?
    /// The position that the page reflects.
    public let token: ConsistencyToken?
    /// How long ago the page was known to be complete.
    public let age: Duration?

    package init(items: [Item], next: PageCursor?, token: ConsistencyToken?, age: Duration?) {
        self.items = items
        self.next = next
        self.token = token
        self.age = age
    }
}

/// Where a page begins, in the server's own words. Only the list that it came from understands it.
public struct PageCursor: Hashable, Sendable {
    /// As the server gave them.
    public let bytes: [UInt8]

    /// A cursor that was kept elsewhere.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}
