import OrdersClient
import OrdersMessages
import SwiftProtobuf
import TandemClient

/// What a ``FakeServer`` answers with, as bytes.
enum FakeAnswer {
    static let user = bytes(Tandem_Orders_V1_UserReply.with { $0.userID = 7 })
    static let order = bytes(Tandem_Orders_V1_Order.with { $0.orderID = 5 })

    static func bytes(_ message: some Message) -> [UInt8] {
        (try? message.serializedBytes()) ?? []
    }
}

extension FakeServer {
    func client() -> TandemClient {
        TandemClient(configuration: .quick, dialer: self)
    }
}
