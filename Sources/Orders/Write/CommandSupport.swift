internal import EventModel
internal import EventStore
internal import SwiftProtobuf

// What the order service's handlers have in common.

extension CommandFailure: OrderPricingFailure {
    init(rejecting rejection: Rejection) { self = .rejected(rejection) }
}

extension CommandTransaction {
    /// Appends an event to the stream of `thing` (`user`, `product`, `order`).
    mutating func append(
        _ type: OrdersEventType, _ event: some Message, to thing: String, _ id: Int64
    ) throws(CommandFailure) {
        do {
            try append(
                type.rawValue, payload: event.payload, to: StreamID(rawValue: "\(thing)-\(id)"))
        } catch {
            throw .storage(error)
        }
    }

    /// Appends the first event of the stream of `thing`.
    mutating func appendFirst(
        _ type: OrdersEventType, payload: [UInt8], to thing: String, _ id: Int64
    ) throws(CommandFailure) {
        do {
            try appendFirst(
                type.rawValue, payload: payload, to: StreamID(rawValue: "\(thing)-\(id)"))
        } catch {
            throw .storage(error)
        }
    }
}

extension Message {
    /// The event as the log keeps it.
    var payload: [UInt8] {
        do { return try serializedBytes() } catch {
            // Only missing proto2 fields, unpacked Any and 2 GiB can make it fail.
            preconditionFailure("an event that can't be serialized: \(error)")
        }
    }
}
