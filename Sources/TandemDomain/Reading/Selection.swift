public import DocumentStore
public import TandemCore

/// Some documents of an index, in its order or the other way round: what a listing answers pages
/// of.
///
/// ```swift
/// try Account.byBranch.matching(branch)                        // of one branch, the richest first
/// try Account.byBranch.matching(branch).range(from: minimum)   // of those, some
/// ```
public struct Selection<Subject: Document>: Sendable {
    @usableFromInline let index: Index<Subject>
    @usableFromInline var prefix = DocumentKey()
    /// How many of the index's components the prefix has.
    @usableFromInline var componentCount = 0
    @usableFromInline var lower: DocumentKey?
    @usableFromInline var upper: DocumentKey?
    @usableFromInline var isReversed = false

    @inlinable init(_ index: Index<Subject>) {
        self.index = index
    }

    /// Only those whose next component has this value.
    ///
    /// - Throws: ``IndexMistake`` if the index has no such component; a rejection (TEXT_TOO_LONG)
    ///   if the value is a text of as many bytes as the index has room for, or more.
    @inlinable public func matching(_ value: some IndexValue) throws -> Self {
        var selection = self
        selection.prefix = try key(of: value)
        selection.componentCount += 1
        return selection
    }

    /// Only those whose next component, a text, starts so.
    public func starting(with text: String) throws -> Self {
        let component = try component()
        guard case .text(let byteCount) = component.encoding, !component.isDescending else {
            throw IndexMistake("\(index.name) has no text next that ascends")
        }
        guard text.utf8.count <= byteCount else { throw tooLong(text, byteCount: byteCount) }
        var selection = self
        selection.prefix.append(text: text, byteCount: text.utf8.count)
        // Nothing can follow on a part of a component.
        selection.componentCount = index.components.count
        return selection
    }

    /// Only those whose next component lies between two values.
    ///
    /// - Parameters:
    ///   - from: the least value; `nil`: any.
    ///   - until: all values are below this one; `nil`: any.
    @inlinable public func range<Value: IndexValue>(
        from: Value? = nil, until: Value? = nil
    ) throws -> Self {
        let component = try component()
        guard component.encoding != .digest else {
            throw IndexMistake(
                "\(index.name) finds its component \(componentCount + 1) by equality only (.equal)")
        }
        let isDescending = component.isDescending
        let first = try from.map { try key(of: $0) }
        let end = try until.map { try key(of: $0) }
        var selection = self
        if isDescending {
            // The greatest value comes first; and what equals a bound stands behind it.
            selection.lower = end.flatMap(\.successor)
            selection.upper = first.flatMap(\.successor)
            // Nothing is below the least value, and no key before the one that all start with.
            if end != nil, selection.lower == nil { selection.upper = prefix }
        } else {
            selection.lower = first
            selection.upper = end
        }
        selection.componentCount = index.components.count
        return selection
    }

    /// The other way round.
    @inlinable public func reversed(_ isReversed: Bool = true) -> Self {
        var selection = self
        selection.isReversed = self.isReversed != isReversed
        return selection
    }

    func range(collection: Int, index: Int) -> IndexRange {
        IndexRange(
            collection: collection, index: index, prefix: prefix, lower: lower, upper: upper,
            descending: isReversed)
    }

    @inlinable func component() throws(IndexMistake) -> IndexComponent<Subject> {
        guard componentCount < index.components.count else {
            throw IndexMistake("\(index.name) has no component left to select by")
        }
        return index.components[componentCount]
    }

    @inlinable func key(of value: some IndexValue) throws -> DocumentKey {
        let component = try component()
        if case .text(let byteCount) = component.encoding, let text = value as? String,
            text.utf8.count >= byteCount
        {
            throw tooLong(text, byteCount: byteCount - 1)
        }
        var key = prefix
        guard value.append(to: &key, as: component.encoding) else {
            throw IndexMistake(
                """
                \(index.name) is asked for a \(type(of: value)), and its component \
                \(componentCount + 1) is another type
                """)
        }
        if component.isDescending { key.complement(from: prefix.byteCount) }
        return key
    }

    @usableFromInline func tooLong(_ text: String, byteCount: Int) -> Rejection {
        Rejection(
            .invalidArgument, reason: "TEXT_TOO_LONG",
            message: """
                the index \(index.name) can be searched for texts of \(byteCount) bytes at most, \
                not of \(text.utf8.count)
                """,
            metadata: ["bytes_max": "\(byteCount)"])
    }
}

extension Index where Subject: Document {
    /// All documents, in the index's order.
    @inlinable public var all: Selection<Subject> { Selection(self) }

    /// Those whose first component has this value: see ``Selection/matching(_:)``.
    @inlinable public func matching(_ value: some IndexValue) throws -> Selection<Subject> {
        try all.matching(value)
    }

    /// Those whose first component, a text, starts so.
    public func starting(with text: String) throws -> Selection<Subject> {
        try all.starting(with: text)
    }

    /// Those whose first component lies between two values: see ``Selection/range(from:until:)``.
    @inlinable public func range<Value: IndexValue>(
        from: Value? = nil, until: Value? = nil
    ) throws -> Selection<Subject> {
        try all.range(from: from, until: until)
    }
}

extension Index where Subject: Document {
    /// All, of which a key's first component will be another document's key.
    ///
    /// - Throws: ``IndexMistake`` if the first component is none.
    func allOwned<Owner: Document>(byKeyOf owner: Owner.Type) throws(IndexMistake)
        -> Selection<Subject> where Owner.ID: FixedIndexValue
    {
        let component = try all.component()
        guard !component.isDescending, component.encoding == Owner.ID.indexEncoding,
            component.encoding.byteCount == Owner.ID.documentKeyByteCount
        else { throw IndexMistake("\(name) doesn't begin with the key of a \(Owner.self)") }
        return all
    }
}

/// A query that asks an index for what it isn't: a bug of the domain, found when a server starts.
public struct IndexMistake: Error, CustomStringConvertible {
    public let description: String

    @usableFromInline init(_ description: String) { self.description = description }
}

extension Selection {
    /// - Throws: ``IndexMistake`` if the index is none of its document's.
    func range(of collection: Int) throws -> IndexRange {
        guard let number = Subject.indexes.firstIndex(where: { $0 === index }) else {
            throw IndexMistake("\(index.name) is not among the indexes of \(Subject.self)")
        }
        return range(collection: collection, index: number)
    }

    /// What a fan-out goes through; an ``IndexMistake`` if that is no prefix of the index's keys.
    func fanOutRange(of collection: Int) throws -> IndexRange {
        let range = try range(of: collection)
        guard range.lower == nil, range.upper == nil else {
            throw IndexMistake("an UpdateAll selects a range of \(index.name)")
        }
        // A text that has no room would stop the view, by what a client has said.
        guard !index.components.prefix(componentCount).contains(where: \.isText) else {
            throw IndexMistake(
                """
                an UpdateAll selects by \(index.name), which cuts texts off; use an index with \
                .equal
                """)
        }
        return range
    }
}
