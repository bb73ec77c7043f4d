import EventModel
import OrdersMessages

/// What the fields of the queries' requests may hold, as orders.proto says. Pure.
enum QueryRules {
    private static let pageSizes: ClosedRange<UInt32> = 1...1_000

    /// An id that something can have.
    static func id(
        _ value: UInt64, _ field: @autoclosure () -> String
    ) throws(Rejection) -> UInt64 {
        UInt64(try FieldRules.id(value, field()))
    }

    /// How many documents a page has at most; 0, which is also what an absent field holds, stands
    /// for the default.
    static func pageSize(_ value: UInt32, default standard: Int) throws(Rejection) -> Int {
        guard value != 0 else { return standard }
        guard pageSizes.contains(value) else {
            throw .outOfRange(
                "PAGE_SIZE_OUT_OF_RANGE", "page_size", "\(value)", "\(pageSizes.lowerBound)",
                "\(pageSizes.upperBound)")
        }
        return Int(value)
    }

    /// A status that an order can have.
    static func status(
        _ value: Tandem_Orders_V1_OrderStatus
    ) throws(Rejection) -> Tandem_Orders_V1_OrderStatus {
        switch value {
        case .placed, .paid, .shipped, .delivered, .cancelled:
            return value
        case .unspecified, .UNRECOGNIZED:
            throw .outOfRange("UNKNOWN_STATUS", "status", "\(value.rawValue)", "1", "5")
        }
    }
}
