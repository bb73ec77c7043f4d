import Tandem

/// What can be done, what is remembered, what is shown.
public struct Things: Domain {
    public let name = "things.v1"
    public let methods: [any Method] = [Things.add, Things.rename, Things.get, Things.list]
    public let events: [any Event.Type] = [Things_V1_Added.self, Things_V1_Renamed.self]
    public let documents: [any Document.Type] = [Things_V1_Thing.self]
    public let fileDescriptors = [thingsFiles]

    public init() {}

    // What is done: a command decides, and appends events.
    public var commands: [On<NoTables>] {
        On(Things.add, Things.thing, \.thingID) { request, thing, log in
            guard thing == nil else { throw Rejection.exists("thing", request.thingID) }
            guard !request.name.isEmpty else { throw Rejection.invalid("name", "must be there") }
            try log.append(
                Things_V1_Added.with {
                    $0.thingID = request.thingID
                    $0.name = request.name
                })
            return .with { $0.thingID = request.thingID }
        }

        On(Things.rename, Things.thing, \.thingID) { request, thing, log in
            guard thing != nil else { throw Rejection.notFound("thing", request.thingID) }
            try log.append(
                Things_V1_Renamed.with {
                    $0.thingID = request.thingID
                    $0.name = request.name
                })
            return .with { $0.thingID = request.thingID }
        }
    }

    // What events make of documents.
    public var views: [any View] {
        When(Things_V1_Added.self) { event, documents in
            try documents.save(
                Things_V1_Thing.with {
                    $0.thingID = event.thingID
                    $0.name = event.name
                })
        }
        When(Things_V1_Renamed.self) { event, documents in
            try documents.update(Things_V1_Thing.self, event.thingID) { $0.name = event.name }
        }
    }

    // What is asked: by key, or in the order of an index.
    public var queries: [any QueryHandling] {
        Get(Things.get, \.thingID)
        List(Things.list) { _ in Things_V1_Thing.byName.all }
    }

    // What events make of the state that commands decide by.
    static let thing = Decider<Things_V1_State>("thing") {
        Evolve(Things_V1_Added.self) { state, event in state.name = event.name }
        Evolve(Things_V1_Renamed.self) { state, event in state.name = event.name }
    }
}

// MARK: - What servers, clients and tests have in common

extension Things {
    public static let add = Command<Things_V1_AddRequest, Things_V1_Reply>("things.v1.Things/Add")
    public static let rename = Command<Things_V1_RenameRequest, Things_V1_Reply>(
        "things.v1.Things/Rename")
    public static let get = Query<Things_V1_GetRequest, Things_V1_Thing>("things.v1.Things/Get")
    public static let list = Listing<Things_V1_ListRequest, Things_V1_Thing>(
        "things.v1.Things/List")
}

extension Things_V1_Added: Event {
    public static let stream = EventStream("thing", \Self.thingID)
}

extension Things_V1_Renamed: Event {
    public static let stream = EventStream("thing", \Self.thingID)
}

extension Things_V1_Thing: Document {
    public static let key = Key(\Self.thingID)
    static let byName = Index<Self>("by_name", .ascending(\.name, byteCount: 32))
    public static let indexes = [byName]
}

extension Things_V1_ListRequest: PageRequest {}
