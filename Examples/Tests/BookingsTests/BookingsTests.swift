import Bookings
import Tandem
import TandemClient
import TandemTestKit
import Testing

struct BookingsTests {
    @Test func `a room is booked once a day, and free again when that is cancelled`() throws {
        let bookings = try TestDomain(Bookings()).given(Bookings.addRoom, room(1))
        try bookings.when(Bookings.book, booking(1, room: 1, day: 10)).then(
            Bookings_V1_Booked.with {
                $0.bookingID = 1
                $0.roomID = 1
                $0.guest = "Ada"
                $0.day = 10
            })
        try bookings.when(Bookings.book, booking(2, room: 1, day: 10)).thenRejected("ROOM_TAKEN")
        try bookings.given(Bookings.cancel, .with { $0.bookingID = 1 })
            .given(Bookings.book, booking(2, room: 1, day: 10))
        try bookings.thenTablesAreReplayed()
    }

    @Test func `only rooms that there are can be booked, under a number of their own`() throws {
        let bookings = try TestDomain(Bookings()).given(Bookings.addRoom, room(1))
            .given(Bookings.book, booking(1, room: 1, day: 10))
        try bookings.when(Bookings.book, booking(1, room: 1, day: 11))
            .thenRejected("BOOKING_EXISTS")
        try bookings.when(Bookings.book, booking(2, room: 9, day: 11))
            .thenRejected("UNKNOWN_ROOM", .notFound)
        try bookings.when(Bookings.cancel, .with { $0.bookingID = 9 })
            .thenRejected("UNKNOWN_BOOKING")
    }

    @Test func `a room's new name is in all of its bookings`() throws {
        let bookings = try TestDomain(Bookings()).given(Bookings.addRoom, room(1))
            .given(Bookings.addRoom, room(2))
        for id: UInt64 in 1...50 {
            try bookings.given(Bookings.book, booking(id, room: 1 + id % 2, day: UInt32(id)))
        }
        try bookings.given(Bookings.renameRoom, .with { $0.roomID = 1; $0.name = "Blue" })
        try bookings.thenTablesAreReplayed()
        for id: UInt64 in 1...50 {
            #expect(
                try bookings.ask(Bookings.get, .with { $0.bookingID = id })?.roomName
                    == (id % 2 == 0 ? "Blue" : "Room 2"))
        }
    }

    @Test func `bookings are listed by day: a room's from one day to another, a guest's`() throws {
        let bookings = try TestDomain(Bookings()).given(Bookings.addRoom, room(1))
        for day: UInt32 in [5, 1, 4, 2, 3] {
            try bookings.given(Bookings.book, booking(UInt64(day), room: 1, day: day))
        }
        try bookings.given(Bookings.cancel, .with { $0.bookingID = 3 })
        let days = try bookings.list(
            Bookings.listOfRoom, .with { $0.roomID = 1; $0.firstDay = 2; $0.endDay = 5 })
        #expect(days.map(\.day) == [2, 3, 4])
        let guest = try bookings.list(
            Bookings.listOfGuest, .with { $0.guest = "Ada"; $0.pageSize = 1 })
        #expect(guest.map(\.day) == [1, 2, 4, 5])
    }

    @Test func `many are booked in one call, each with an outcome, and once`() async throws {
        try await withTestServer(Bookings()) { client in
            try await client.send(Bookings.addRoom, room(1))
            let many = Bookings_V1_BookManyRequest.with {
                $0.parts = [(1, 10), (2, 10), (3, 11)].map { id, day in
                    .with { $0.request = booking(id, room: 1, day: day) }
                }
            }
            let reply = try await client.send(Bookings.bookMany, many)
            #expect(reply.outcomes.map(\.error.reason) == ["", "ROOM_TAKEN", ""])
            let again = try await client.send(
                Bookings.bookMany, many, options: CallOptions(key: reply.key))
            #expect(again.outcomes.map(\.isReplay) == [true, true, true])
            #expect(again.outcomes.map(\.reply) == reply.outcomes.map(\.reply))
        }
    }

    @Test func `a batch in a test has its outcomes, too`() throws {
        let bookings = try TestDomain(Bookings()).given(Bookings.addRoom, room(1))
        let result = try bookings.when(Bookings.bookMany, .with {
            $0.parts = [
                .with { $0.request = booking(1, room: 1, day: 10) },
                .with { $0.request = booking(2, room: 9, day: 10) },
            ]
        })
        #expect(result.reply?.outcomes.map(\.error.reason) == ["", "UNKNOWN_ROOM"])
        #expect(try bookings.ask(Bookings.get, .with { $0.bookingID = 1 }) != nil)
        try bookings.when(Bookings.bookMany, .init()).thenRejected("NO_PARTS")
    }

    @Test func `a client sees what it has done`() async throws {
        try await withTestServer(Bookings()) { client in
            try await client.send(Bookings.addRoom, room(1))
            try await client.send(Bookings.book, booking(1, room: 1, day: 10))
            let booking = try await client.ask(Bookings.get, .with { $0.bookingID = 1 })
            #expect(booking.roomName == "Room 1")
        }
    }

    private func room(_ id: UInt64) -> Bookings_V1_AddRoomRequest {
        .with {
            $0.roomID = id
            $0.name = "Room \(id)"
        }
    }

    private func booking(_ id: UInt64, room: UInt64, day: UInt32) -> Bookings_V1_BookRequest {
        .with {
            $0.bookingID = id
            $0.roomID = room
            $0.guest = "Ada"
            $0.day = day
        }
    }
}
