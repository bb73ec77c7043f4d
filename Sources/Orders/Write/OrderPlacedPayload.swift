import OrdersEvents
import Tandem

/// The event OrderPlaced in two pieces.
///
/// Serialized messages of one type, put one after the other, are the message with the fields of
/// all of them; with the lines last, which have the highest field number, the bytes are those of
/// the whole message serialized at once.
enum OrderPlacedPayload {
    static func header(_ order: PricedOrder, id: Int64, createdAt: Int64) -> [UInt8] {
        var placed = Tandem_Orders_Events_V1_OrderPlaced()
        placed.orderID = UInt64(id)
        placed.userID = UInt64(order.userID)
        placed.currency = order.currency
        placed.createdAtUs = createdAt
        return bytes(of: placed)
    }

    static func lines(_ lines: [PricedLine]) -> [UInt8] {
        var placed = Tandem_Orders_Events_V1_OrderPlaced()
        placed.lines = lines.map { line in
            var placed = Tandem_Orders_Events_V1_PlacedLine()
            placed.productID = line.productID.map(UInt64.init) ?? 0
            placed.quantity = line.quantity
            placed.priceMinor = line.priceMinor
            placed.description_p = line.description
            return placed
        }
        return bytes(of: placed)
    }

    private static func bytes(of event: Tandem_Orders_Events_V1_OrderPlaced) -> [UInt8] {
        do { return try event.serializedBytes() } catch {
            // Only missing proto2 fields, unpacked Any and 2 GiB can make it fail.
            preconditionFailure("an event that can't be serialized: \(error)")
        }
    }
}
