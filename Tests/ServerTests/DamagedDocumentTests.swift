import DocumentStore
import NIOCore
import Orders
import OrdersMessages
import SwiftProtobuf
import Synchronization
import TandemCore
import TandemDomain
import Testing
import Transport

/// Documents that a store holds and nobody can read.
struct DamagedDocumentTests {
    private func order(_ id: UInt64, _ body: StoredBody) -> DocumentChange {
        var order = Tandem_Orders_V1_Order()
        order.orderID = id
        return DocumentChange(
            collection: 0, key: order.documentKey,
            content: .put(body, indexKeys: order.indexKeys()), position: .beginning)
    }

    @Test func `a damaged document is answered with DATA_LOSS, and told once with its key`()
        async throws
    {
        let lines = Mutex<[String]>([])
        try await QueryPort.open(
            longestWait: .seconds(5), log: { line in lines.withLock { $0.append(line) } }
        ) { port in
            let noStream = StoredBody(encoding: .zlib, rawByteCount: 9, bytes: [1, 2, 3])
            port.store.publish([order(1, noStream)], position: LogPosition(rawValue: 1))
            let client = try await port.connect(acceptsZlib: false)
            for _ in 0..<3 {
                let failure = try await QueryPort.getOrder(client)
                #expect(failure?.code == .dataLoss)
                #expect(failure?.reason == "DAMAGED_DOCUMENT")
            }
            await client.close()
        }
        let told = lines.withLock { $0 }
        #expect(told.count == 1)
        #expect(told.first?.contains("the document 0000000000000001 of orders") == true)
    }
}
