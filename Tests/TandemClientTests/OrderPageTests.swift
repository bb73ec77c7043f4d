import Foundation
import NIOCore
import OrdersClient
import OrdersMessages
import SwiftProtobuf
import TandemClient
import TandemCore
import TestSupport
import Testing
import Transport
import WireMessages

/// Lists, page by page.
@Suite(.takingTurns) struct OrderPageTests {
    @Test func `a list is read page by page, empty pages included`() async throws {
        let server = FakeServer { received in
            let pages: [([UInt64], String)] = [([9, 8], "a"), ([], "b"), ([7], "")]
            let (ids, cursor) = pages[received.number - 1]
            let end = Tandem_Control_V1_StreamEnd.with { $0.nextCursor = .init(cursor.utf8) }
            return .answer(
                .reply(FakeAnswer.bytes(end), position: 1),
                items: ids.map { id in
                    ByteBuffer(
                        bytes: FakeAnswer.bytes(Tandem_Orders_V1_Order.with { $0.orderID = id }))
                })
        }
        var ids: [OrderID] = []
        for try await order in server.client().orders(of: 1) { ids.append(order.id) }
        #expect(ids == [9, 8, 7])
        let cursors = try server.received.map {
            try Tandem_Orders_V1_ListUserOrdersRequest(
                serializedBytes: [UInt8]($0.call.body.readableBytesView)
            ).cursor
        }
        #expect(cursors.map { String(decoding: $0, as: UTF8.self) } == ["", "a", "b"])
    }

    @Test func `a filter of orders asks for what one index has`() async throws {
        let server = FakeServer { _ in
            .answer(.reply(FakeAnswer.bytes(Tandem_Control_V1_StreamEnd()), position: 1))
        }
        let client = server.client()
        let filters: [OrderFilter] = [
            .all, .created(status: .paid, from: Timestamp(microseconds: 2)),
            .created(until: Timestamp(microseconds: 0)), .total(from: 5, until: 6),
            .total(until: 0), .total(),
        ]
        for filter in filters {
            _ = try await client.ordersPage(filter, ascending: true, pageSize: 3)
        }
        typealias Request = Tandem_Orders_V1_ListOrdersRequest
        let asked = try server.received.map {
            try Request(serializedBytes: [UInt8]($0.call.body.readableBytesView))
        }
        let expected: [(inout Request) -> Void] = [
            { _ in },
            {
                $0.status = .paid
                $0.fromCreatedAtUs = 2
            },
            { $0.endCreatedAtUs = 0 },
            {
                $0.fromTotalMinor = 5
                $0.endTotalMinor = 6
            },
            {
                $0.fromTotalMinor = .min
                $0.endTotalMinor = 0
            },
            { $0.fromTotalMinor = .min },
        ]
        #expect(
            asked
                == expected.map { fill in
                    .with {
                        fill(&$0)
                        $0.ascending = true
                        $0.pageSize = 3
                    }
                })
    }
}
