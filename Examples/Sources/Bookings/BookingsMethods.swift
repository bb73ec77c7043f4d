import Tandem

extension Bookings {
    public static let addRoom = Command<Bookings_V1_AddRoomRequest, Bookings_V1_RoomReply>(
        "bookings.v1.Bookings/AddRoom")
    public static let renameRoom = Command<Bookings_V1_RenameRoomRequest, Bookings_V1_RoomReply>(
        "bookings.v1.Bookings/RenameRoom")
    public static let book = Command<Bookings_V1_BookRequest, Bookings_V1_BookingReply>(
        "bookings.v1.Bookings/Book")
    public static let bookMany = Command<Bookings_V1_BookManyRequest, Bookings_V1_BookManyReply>(
        "bookings.v1.Bookings/BookMany")
    public static let cancel = Command<Bookings_V1_CancelRequest, Bookings_V1_BookingReply>(
        "bookings.v1.Bookings/Cancel")

    public static let get = Query<Bookings_V1_GetBookingRequest, Bookings_V1_Booking>(
        "bookings.v1.Bookings/GetBooking")
    public static let listOfRoom = Listing<Bookings_V1_ListOfRoomRequest, Bookings_V1_Booking>(
        "bookings.v1.Bookings/ListOfRoom")
    public static let listOfGuest = Listing<Bookings_V1_ListOfGuestRequest, Bookings_V1_Booking>(
        "bookings.v1.Bookings/ListOfGuest")
}

extension Bookings_V1_RoomAdded: Event {
    public static let stream = EventStream("room", \Self.roomID)
}
extension Bookings_V1_RoomRenamed: Event {
    public static let stream = EventStream("room", \Self.roomID)
}
extension Bookings_V1_Booked: Event {
    public static let stream = EventStream("booking", \Self.bookingID)
}
extension Bookings_V1_Cancelled: Event {
    public static let stream = EventStream("booking", \Self.bookingID)
}

extension Bookings_V1_Room: Document {
    public static let key = Key(\Self.roomID)
}

extension Bookings_V1_Booking: Document {
    public static let key = Key(\Self.bookingID)
    static let byRoom = Index<Self>("by_room", .ascending(\.roomID), .ascending(\.day))
    static let byGuest = Index<Self>(
        "by_guest", .equal(\.guest), .ascending(\.status), .ascending(\.day))
    public static let indexes = [byRoom, byGuest]
}

extension Bookings_V1_BookManyRequest: BatchRequest {}
extension Bookings_V1_BookManyRequest.Part: BatchPart {}
extension Bookings_V1_BookManyReply: BatchReply {}
extension Bookings_V1_BookManyReply.Outcome: BatchOutcome {}
extension Bookings_V1_PartError: BatchError {}

extension Bookings_V1_Status: FixedIndexValue {}
extension Bookings_V1_ListOfRoomRequest: PageRequest {}
extension Bookings_V1_ListOfGuestRequest: PageRequest {}
