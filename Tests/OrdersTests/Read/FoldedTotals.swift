import OrdersMessages
import SwiftProtobuf

/// What the totals should be: all orders that the log has led to, gone through once, with nothing
/// ever taken off.
extension FoldedLog {
    var userSummaries: [UInt64: Tandem_Orders_V1_UserSummary] {
        Dictionary(grouping: orders.values, by: \.userID).mapValues { orders in
            .with { summary in
                let counted = orders.filter { $0.status != .cancelled }
                summary.userID = orders.first?.userID ?? 0
                summary.orderCount = Int64(counted.count)
                summary.cancelledCount = Int64(orders.count - counted.count)
                summary.firstOrderAtUs = orders.map(\.createdAtUs).min() ?? 0
                summary.lastOrderAtUs = orders.map(\.createdAtUs).max() ?? 0
                summary.spent = Dictionary(grouping: counted, by: \.currency)
                    .map { currency, orders in
                        .with {
                            $0.currency = currency
                            $0.amountMinor = orders.reduce(0) {
                                $0 &+ $1.totalMinor &- $1.refundedMinor
                            }
                        }
                    }
                    .filter { $0.amountMinor != 0 }.sorted { $0.currency < $1.currency }
            }
        }
    }

    var productSales: [Tandem_Orders_V1_ProductSales] {
        var sales: [String: Tandem_Orders_V1_ProductSales] = [:]
        for order in orders.values where ![.cancelled, .refunded].contains(order.status) {
            for item in order.items where item.productID > 0 {
                let row = "\(item.productID) \(order.currency)"
                sales[row, default: .init()].productID = item.productID
                sales[row, default: .init()].currency = order.currency
                sales[row, default: .init()].units += Int64(item.quantity)
                sales[row, default: .init()].revenueMinor &+= item.priceMinor
            }
        }
        return sales.values.filter { $0.units != 0 || $0.revenueMinor != 0 }
    }

    var dailySales: [Tandem_Orders_V1_DailySales] {
        var sales: [String: Tandem_Orders_V1_DailySales] = [:]
        for order in orders.values {
            let (quotient, remainder) = order.createdAtUs.quotientAndRemainder(
                dividingBy: 86_400_000_000)
            let day = Int32(quotient) - (remainder < 0 ? 1 : 0)
            let row = "\(day) \(order.status) \(order.currency)"
            sales[row, default: .init()].day = day
            sales[row, default: .init()].status = order.status
            sales[row, default: .init()].currency = order.currency
            sales[row, default: .init()].orderCount += 1
            sales[row, default: .init()].totalMinor &+= order.totalMinor
            sales[row, default: .init()].refundedMinor &+= order.refundedMinor
        }
        return Array(sales.values)
    }
}
