package import NIOCore
import OrdersMessages
import SwiftProtobuf
package import TandemClient
package import TandemCore
package import Transport

extension BulkFollowUp {
    /// The query that reads the document back.
    package func call(
        timeout: Duration, atLeast token: ConsistencyToken?
    ) throws(TandemError) -> OutboundCall {
        let method: String
        let body: ByteBuffer
        switch self {
        case .user(let id):
            method = Orders.getUser.name
            body = try Tandem_Orders_V1_GetUserRequest.with { $0.userID = id.rawValue }
                .requestBody()
        case .product(let id):
            method = Orders.getProduct.name
            body = try Tandem_Orders_V1_GetProductRequest.with { $0.productID = id.rawValue }
                .requestBody()
        case .order(let id):
            method = Orders.getOrder.name
            body = try Tandem_Orders_V1_GetOrderRequest.with { $0.orderID = id.rawValue }
                .requestBody()
        }
        return OutboundCall(
            method: try BulkSender.methods.number(of: method, on: .query), kind: .unary,
            body: body, timeout: timeout, atLeast: token)
    }

    /// The document that an answer's body holds.
    package func document(_ body: ByteBuffer) -> Result<BulkDocument, TandemError> {
        do throws(TandemError) {
            switch self {
            case .user:
                return .success(
                    .user(User(try body.message(Tandem_Orders_V1_User.self, key: nil))))
            case .product:
                return .success(
                    .product(Product(try body.message(Tandem_Orders_V1_Product.self, key: nil))))
            case .order:
                return .success(
                    .order(Order(try body.message(Tandem_Orders_V1_Order.self, key: nil))))
            }
        } catch {
            return .failure(error)
        }
    }
}
