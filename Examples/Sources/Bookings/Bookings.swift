import Tandem

/// Rooms that are booked by the day: the state is in tables, whose constraints decide.
public struct Bookings: Domain {
    public let name = "bookings.v1"
    public let methods: [any Method] = [
        Bookings.addRoom, Bookings.renameRoom, Bookings.book, Bookings.bookMany, Bookings.cancel,
        Bookings.get, Bookings.listOfRoom, Bookings.listOfGuest,
    ]
    public let events: [any Event.Type] = [
        Bookings_V1_RoomAdded.self, Bookings_V1_RoomRenamed.self, Bookings_V1_Booked.self,
        Bookings_V1_Cancelled.self,
    ]
    public let documents: [any Document.Type] = [Bookings_V1_Room.self, Bookings_V1_Booking.self]
    public let fileDescriptors = [bookingsFiles]

    public init() {}

    public let migrations = [
        Migration(
            "bookings.1",
            sql: """
                CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
                CREATE TABLE bookings (
                    id INTEGER PRIMARY KEY,
                    room_id INTEGER NOT NULL REFERENCES rooms (id),
                    day INTEGER NOT NULL,
                    is_cancelled INTEGER NOT NULL DEFAULT 0
                ) STRICT;
                CREATE UNIQUE INDEX one_booking_a_day ON bookings (room_id, day)
                    WHERE is_cancelled = 0;
                """)
    ]

    public struct DomainTables: Tables {
        let addRoom = Statement("INSERT INTO rooms (id, name) VALUES (?, ?)")
        let renameRoom = Statement("UPDATE rooms SET name = ? WHERE id = ?")
        let isBooked = Select<Bool>("SELECT 1 FROM bookings WHERE id = ?")
        let book = Statement("INSERT INTO bookings (id, room_id, day) VALUES (?, ?, ?)")
        let cancel = Statement(
            "UPDATE bookings SET is_cancelled = 1 WHERE id = ? AND is_cancelled = 0")

        public init() {}
    }

    public var commands: [On<DomainTables>] {
        On(Bookings.addRoom) { request, db, log in
            guard try db.addRoom.attempt(request.roomID, request.name) == .done else {
                throw Rejection.exists("room", request.roomID)
            }
            try log.begin(
                Bookings_V1_RoomAdded.with {
                    $0.roomID = request.roomID
                    $0.name = request.name
                })
            return .with { $0.roomID = request.roomID }
        }

        On(
            Bookings.renameRoom,
            prepare: { (request) throws(Rejection) -> Bookings_V1_RenameRoomRequest in
                _ = try Check.line(request.name, byteCount: 1...50, "name", or: "INVALID_NAME")
                return request
            }
        ) { request, db, log in
            guard try db.renameRoom(request.name, request.roomID) == 1 else {
                throw Rejection.notFound("room", request.roomID)
            }
            try log.append(
                Bookings_V1_RoomRenamed.with {
                    $0.roomID = request.roomID
                    $0.name = request.name
                })
            return .with { $0.roomID = request.roomID }
        }

        On(Bookings.book) { request, db, log in
            switch try db.book.attempt(request.bookingID, request.roomID, request.day) {
            case .done: break
            case .missing: throw Rejection.notFound("room", request.roomID)
            case .taken:
                guard try db.isBooked(request.bookingID) == nil else {
                    throw Rejection.exists("booking", request.bookingID)
                }
                throw Rejection.refused(
                    "ROOM_TAKEN", "room \(request.roomID) is booked on day \(request.day)")
            }
            try log.begin(
                Bookings_V1_Booked.with {
                    $0.bookingID = request.bookingID
                    $0.roomID = request.roomID
                    $0.guest = request.guest
                    $0.day = request.day
                })
            return .with { $0.bookingID = request.bookingID }
        }

        On(Bookings.bookMany, each: Bookings.book, countMax: 100)

        On(Bookings.cancel) { request, db, log in
            guard try db.cancel(request.bookingID) == 1 else {
                throw Rejection.notFound("booking", request.bookingID)
            }
            try log.append(Bookings_V1_Cancelled.with { $0.bookingID = request.bookingID })
            return .with { $0.bookingID = request.bookingID }
        }
    }

    /// What the events mean for the tables: `verify --deep` makes them anew by it.
    public var replay: Replay<DomainTables> {
        Replay(of: ["rooms", "bookings"]) {
            Apply(Bookings_V1_RoomAdded.self) { event, db in
                try db.addRoom(event.roomID, event.name)
            }
            Apply(Bookings_V1_RoomRenamed.self) { event, db in
                try db.renameRoom(event.name, event.roomID)
            }
            Apply(Bookings_V1_Booked.self) { event, db in
                try db.book(event.bookingID, event.roomID, event.day)
            }
            Apply(Bookings_V1_Cancelled.self) { event, db in try db.cancel(event.bookingID) }
        }
    }

    public var views: [any View] {
        When(Bookings_V1_RoomAdded.self) { event, documents in
            try documents.save(
                Bookings_V1_Room.with {
                    $0.roomID = event.roomID
                    $0.name = event.name
                })
        }
        When(Bookings_V1_RoomRenamed.self) { event, documents in
            try documents.update(Bookings_V1_Room.self, event.roomID) { $0.name = event.name }
        }
        UpdateAll(
            Bookings_V1_RoomRenamed.self,
            { try Bookings_V1_Booking.byRoom.matching($0.roomID) },
            change: { booking, event in booking.roomName = event.name })
        When(Bookings_V1_Booked.self) { event, documents in
            let room = try documents.get(Bookings_V1_Room.self, event.roomID)
            try documents.save(
                Bookings_V1_Booking.with {
                    $0.bookingID = event.bookingID
                    $0.roomID = event.roomID
                    $0.roomName = room.name
                    $0.guest = event.guest
                    $0.day = event.day
                    $0.status = .booked
                })
        }
        When(Bookings_V1_Cancelled.self) { event, documents in
            try documents.update(Bookings_V1_Booking.self, event.bookingID) {
                $0.status = .cancelled
            }
        }
    }

    public var queries: [any QueryHandling] {
        Get(Bookings.get, \.bookingID)
        List(Bookings.listOfRoom) { request in
            try Bookings_V1_Booking.byRoom.matching(request.roomID).range(
                from: request.hasFirstDay ? request.firstDay : nil,
                until: request.hasEndDay ? request.endDay : nil)
        }
        List(Bookings.listOfGuest) { request in
            try Bookings_V1_Booking.byGuest.matching(request.guest)
                .matching(Bookings_V1_Status.booked)
        }
    }
}
