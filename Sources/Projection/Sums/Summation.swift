public import DocumentStore

/// Documents that are sums over those of another collection: each of these has some parts, and a
/// total is the sum of the parts with its key.
///
/// At the end of a batch the parts of each changed document, as it was and as it is, are compared;
/// what differs is added up by total, and each total is changed once. So whatever events do to a
/// document, totals are the sum over what there is, at every position, and it makes no difference
/// how events were cut into batches.
@usableFromInline package struct Summation: Sendable {
    let source: any ProjectedDocument.Type
    let total: any ProjectedDocument.Type
    let makeLedger: @Sendable () -> Ledger

    /// - Parameter parts: what a document adds. Pure; made of nothing that a fan-out changes, which
    ///   stops the projection.
    @inlinable package init<Source: ProjectedDocument, Total: ProjectedTotal>(
        of source: Source.Type, parts: @escaping @Sendable (Source) throws -> [Total]
    ) {
        self.init(source: source, total: Total.self) {
            let ledger = TypedLedger(parts)
            return Ledger(
                note: { try ledger.note($0, $1) }, isAlike: { try ledger.isAlike($0, $1) },
                settle: { try ledger.settle(in: $0) }, clear: { ledger.clear() })
        }
    }

    @usableFromInline init(
        source: any ProjectedDocument.Type, total: any ProjectedDocument.Type,
        makeLedger: @escaping @Sendable () -> Ledger
    ) {
        self.source = source
        self.total = total
        self.makeLedger = makeLedger
    }
}

/// What one batch adds to totals, for those who don't know their type.
///
/// Closures, made where the types are known and compiled for them: the methods of a generic class,
/// called through its base class, are not.
@usableFromInline struct Ledger {
    /// Takes note of a document's change; `nil` of one that there wasn't, or isn't any more.
    let note: (DocumentBox?, DocumentBox?) throws -> Void
    /// Whether two states of a document add the same.
    let isAlike: (DocumentBox, DocumentBox) throws -> Bool
    /// Changes the totals by what was noted.
    let settle: (DocumentEditor) throws -> Void
    /// Forgets what was noted.
    let clear: () -> Void

    @usableFromInline init(
        note: @escaping (DocumentBox?, DocumentBox?) throws -> Void,
        isAlike: @escaping (DocumentBox, DocumentBox) throws -> Bool,
        settle: @escaping (DocumentEditor) throws -> Void, clear: @escaping () -> Void
    ) {
        (self.note, self.isAlike, self.settle, self.clear) = (note, isAlike, settle, clear)
    }
}

/// The ledger of one type of totals.
@usableFromInline final class TypedLedger<Source: ProjectedDocument, Total: ProjectedTotal> {
    @usableFromInline let parts: @Sendable (Source) throws -> [Total]
    /// What is to be added, by total; in the order in which the batch met them.
    @usableFromInline var deltas: [(key: DocumentKey, sum: Total)] = []
    @usableFromInline var places: [DocumentKey: Int] = [:]

    @inlinable init(_ parts: @escaping @Sendable (Source) throws -> [Total]) {
        self.parts = parts
    }

    @inlinable func note(_ before: DocumentBox?, _ after: DocumentBox?) throws {
        let (old, new) = (try parts(of: before), try parts(of: after))
        guard !areAlike(old, new) else { return }
        for part in old { add(part, sign: -1) }
        for part in new { add(part, sign: 1) }
    }

    @inlinable func isAlike(_ before: DocumentBox, _ after: DocumentBox) throws -> Bool {
        areAlike(try parts(of: before), try parts(of: after))
    }

    /// Texts that look the same are equal to Swift, and can stand in keys that differ.
    @inlinable func areAlike(_ old: [Total], _ new: [Total]) -> Bool {
        old == new && zip(old, new).allSatisfy { $0.documentKey == $1.documentKey }
    }

    @inlinable func settle(in documents: DocumentEditor) throws {
        let totals = try documents.editor(of: Total.self)
        for (key, sum) in deltas {
            let before: Total? = try documents.load(key, in: totals)
            var total = before ?? Total()
            total.add(sum, sign: 1)
            if total.isEmpty {
                if before != nil { documents.put(nil, key: key, in: totals) }
            } else if total != before {
                guard total.documentKey == key else {
                    throw ReductionError.contradiction(
                        "a \(Total.self) doesn't take over the key of what is added to it")
                }
                documents.save(total, key: key, in: totals)
            }
        }
        clear()
    }

    @inlinable func clear() {
        let isUsual = deltas.count < 4_096
        deltas.removeAll(keepingCapacity: isUsual)
        places.removeAll(keepingCapacity: isUsual)
    }

    @inlinable func parts(of box: DocumentBox?) throws -> [Total] {
        guard let box else { return [] }
        return try parts(DocumentEditor.document(in: box))
    }

    @inlinable func add(_ part: Total, sign: Int64) {
        let key = part.documentKey
        if let place = places[key] {
            deltas[place].sum.add(part, sign: sign)
        } else {
            var sum = Total()
            sum.add(part, sign: sign)
            places[key] = deltas.count
            deltas.append((key, sum))
        }
    }
}
