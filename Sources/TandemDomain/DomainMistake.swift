import SwiftProtobuf

/// Why a domain can't be served: one sentence, told when a server starts.
public struct DomainMistake: Error, Hashable, CustomStringConvertible {
    public let description: String

    private init(_ description: String) { self.description = description }

    // MARK: - Methods

    static func malformedMethod(_ name: String) -> Self {
        .init(
            """
            the method "\(name)" is not named as package, service and method, \
            like bank.v1.Accounts/Deposit
            """)
    }

    static func twoMethodsOfOneName(_ name: String) -> Self {
        .init("the domain lists two methods of the name \(name); each needs one of its own")
    }

    static func unlistedMethod(_ name: String) -> Self {
        .init("\(name) has a handler, but is not among the domain's methods; list it there")
    }

    static func twoHandlers(_ name: String) -> Self {
        .init("\(name) has two handlers; a method has one")
    }

    static func noHandler(_ name: String, kind: String) -> Self {
        .init("\(name) is among the domain's methods and has no handler; add \(kind) for it")
    }

    static func batchOfNothing(_ method: String, part: String) -> Self {
        .init(
            """
            \(method) is a batch of \(part), which has no On of its own that runs one; add it
            """)
    }

    static func batchCount(_ method: String, _ count: Int) -> Self {
        let range = CommandBatch.countMax
        return .init(
            """
            \(method) is a batch of up to \(count); its countMax goes from \(range.lowerBound) to \
            \(range.upperBound)
            """)
    }

    static let damagedFiles = Self(
        """
        the domain's fileDescriptors are no FileDescriptorSet in base64; make them with protoc's \
        --descriptor_set_out, or leave them out
        """)

    static func undescribed(_ message: any Message.Type) -> Self {
        .init(
            """
            the domain's fileDescriptors don't describe \(message.protoMessageName); make them \
            anew, with all files of its methods' messages
            """)
    }

    static func noSuchRPC(_ name: String, among known: [String]) -> Self {
        let service = name.prefix { $0 != "/" } + "/"
        let own = known.filter { $0.hasPrefix(service) }
        return .init(
            """
            \(name) is no rpc of the domain's .proto files, which have \
            \((own.isEmpty ? known : own).joined(separator: ", ")); correct the method's name, or \
            make the fileDescriptors anew
            """)
    }

    static func otherRPC(_ name: String, _ method: Google_Protobuf_MethodDescriptorProto) -> Self {
        let reply = method.serverStreaming ? "stream \(method.outputType)" : method.outputType
        return .init(
            """
            \(name) takes \(method.inputType.dropFirst()) and returns \
            \(reply.replacing(" .", with: " ").trimmingPrefix(".")) in the domain's .proto files, \
            and is declared otherwise; a Listing returns a stream, nothing else does
            """)
    }

    // MARK: - Events

    static func twoEventsOfOneName(_ name: String) -> Self {
        .init(
            """
            two events of the domain are called \(name) in the log; give one of them an eventName \
            of its own, or list it once
            """)
    }

    static func deadUpcast(_ name: String, to successor: String) -> Self {
        .init(
            """
            the retired event \(name) becomes \(successor), which is not among the domain's events
            """)
    }

    static func noView(_ event: any Event.Type) -> Self {
        .init(
            """
            no view says what becomes of \(event.eventName); add a When, an UpdateAll or an \
            Ignore(\(event).self)
            """)
    }

    static func unlistedEvent(_ event: any Event.Type, in place: String) -> Self {
        .init(
            """
            \(place) of \(event.eventName), which is not among the domain's events; list it there
            """)
    }

    static func ignoredAndUsed(_ event: any Event.Type) -> Self {
        .init("\(event.eventName) is ignored by one view and used by another; take one of them out")
    }

    static func twoWhens(_ event: any Event.Type) -> Self {
        .init("\(event.eventName) has two Whens; put what they do into one")
    }

    static func totalOfTotals(
        _ source: any Document.Type, _ total: any Document.Type
    ) -> Self {
        .init(
            """
            an AddUp makes \(total) of \(source), which is a total itself; add up what that is \
            made of
            """)
    }

    static func notEvolved(_ event: any Event.Type, by kind: String) -> Self {
        .init(
            """
            the Decider of \(kind) says nothing of \(event.eventName), which is an event of its \
            streams; add an Evolve, or Evolve(ignoring: \(event).self)
            """)
    }

    static func notApplied(_ event: any Event.Type) -> Self {
        .init(
            """
            the domain's replay says nothing of \(event.eventName); add an Apply, or \
            Apply(ignoring: \(event).self)
            """)
    }

    static func appliedTwice(_ event: any Event.Type) -> Self {
        .init("the domain's replay has two Applys of \(event.eventName); put them into one")
    }

    static func evolvedTwice(_ event: any Event.Type, by kind: String) -> Self {
        .init("the Decider of \(kind) has two Evolves of \(event.eventName); put them into one")
    }

    static func evolvedElsewhere(_ event: any Event.Type, by kind: String) -> Self {
        .init(
            """
            the Decider of \(kind) has an Evolve of \(event.eventName), which is an event of \
            \(event.streamKind); take it out, or mend the stream
            """)
    }

    static func deciderWithoutEvents(_ kind: String) -> Self {
        .init("there is a Decider of \(kind), and no event is about such a stream; mend its name")
    }

    static func streamKind(_ kind: String, of event: any Event.Type) -> Self {
        .init(
            """
            \(event.eventName) is about "\(kind)": a kind of stream has a name without hyphens, \
            or streams of two kinds could be the same
            """)
    }

    static func migrationName(_ name: String) -> Self {
        .init(
            """
            the migration \(name) needs another name: each has one of its own, and those that \
            begin with tandem. are Tandem's
            """)
    }

    static func endlessUpcast(_ name: String) -> Self {
        .init("the retired event \(name) becomes itself again by its upcasts; mend its Successor")
    }

    // MARK: - Documents

    static func emptyText(_ name: String, of collection: String) -> Self {
        .init("a text of the index \(name) of \(collection) has no bytes; give it 1 to 40")
    }

    static func unlistedDocument(_ document: any Document.Type) -> Self {
        .init("\(document) is used, but is not among the domain's documents; list it there")
    }

    static func twoCollections(_ name: String) -> Self {
        .init(
            """
            two documents of the domain are called \(name); give one of them a collectionName of \
            its own
            """)
    }

    static func twoIndexes(_ name: String, of collection: String) -> Self {
        .init("\(collection) has two indexes of the name \(name); each needs one of its own")
    }

    static func tooManyIndexes(_ count: Int, of collection: String) -> Self {
        .init("\(collection) has \(count) indexes, of 64 at most")
    }

    static func wideIndex(_ name: String, of collection: String, byteCount: Int) -> Self {
        .init(
            """
            the keys of the index \(name) of \(collection) have \(byteCount) bytes, of 48 at most; \
            shorten a text, or leave a component out
            """)
    }

    static func wideKey(of collection: String, byteCount: Int) -> Self {
        .init(
            """
            the keys of the documents \(collection) have \(byteCount) bytes, of 48 at most; make \
            the key of fewer or shorter parts
            """)
    }

    static func index(_ mistake: IndexMistake, in method: String) -> Self {
        .init("\(method): \(mistake)")
    }
}
