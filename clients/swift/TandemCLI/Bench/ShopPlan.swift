package import OrdersClient
import OrdersMessages
package import TandemClient
import TandemCore
import Transport

/// Makes the requests of a benchmark of the orders shop.
package struct ShopPlan: Sendable {
    private let mix: RequestMix
    private let catalogue: ShopCatalogue
    private let pageSize: UInt32
    private let productsByCurrency: [String: [Product]]

    /// So many are made, and then sent again and again.
    package static let requestCount = 65_536
    private static let lineCountMax = 5

    private static let methods = CallMethods([
        .query: [Orders.getOrder.name, Orders.listUserOrders.name],
        .command: [Orders.placeOrder.name],
    ])

    /// - Parameters:
    ///   - catalogue: has what the kinds of the mix need.
    ///   - pageSize: of each list.
    package init(mix: RequestMix, catalogue: ShopCatalogue, pageSize: UInt32) {
        self.mix = mix
        self.catalogue = catalogue
        self.pageSize = pageSize
        productsByCurrency = Dictionary(grouping: catalogue.products, by: \.price.currency)
    }

    /// - Parameter count: how many different requests.
    package func plan(
        count: Int = requestCount, using generator: inout some RandomNumberGenerator
    ) throws(TandemError) -> LoadPlan {
        let kinds = mix.kinds
        var requests: [LoadRequest] = []
        requests.reserveCapacity(count)
        for _ in 0..<count {
            let kind = mix.next(using: &generator)
            guard let place = kinds.firstIndex(of: kind) else {
                preconditionFailure("A mix gives only kinds that are in it.")
            }
            requests.append(try request(kind, place, using: &generator))
        }
        return LoadPlan(
            kinds: kinds.map(\.rawValue), requests: requests, methods: Self.methods)
    }

    private func request(
        _ kind: ShopRequest, _ place: Int, using generator: inout some RandomNumberGenerator
    ) throws(TandemError) -> LoadRequest {
        switch kind {
        case .get:
            let id = Self.id(catalogue.orders, using: &generator)
            return LoadRequest(
                kind: place, port: .query,
                method: try Self.methods.number(of: Orders.getOrder.name, on: .query),
                answer: .unary,
                body: try Tandem_Orders_V1_GetOrderRequest.with { $0.orderID = id }.requestBody(),
                isKeyed: false)
        case .list:
            let id = Self.id(catalogue.users, using: &generator)
            let request = Tandem_Orders_V1_ListUserOrdersRequest.with {
                $0.userID = id
                $0.pageSize = pageSize
            }
            return LoadRequest(
                kind: place, port: .query,
                method: try Self.methods.number(of: Orders.listUserOrders.name, on: .query),
                answer: .stream, body: try request.requestBody(), isKeyed: false)
        case .place:
            return LoadRequest(
                kind: place, port: .command,
                method: try Self.methods.number(of: Orders.placeOrder.name, on: .command),
                answer: .unary, body: try order(using: &generator).message.requestBody(),
                isKeyed: true)
        }
    }

    private static func id(
        _ pool: IDPool?, using generator: inout some RandomNumberGenerator
    ) -> UInt64 {
        guard let pool else {
            preconditionFailure("A catalogue has the ids that its mix needs.")
        }
        return pool.random(using: &generator)
    }

    /// One to five different products of one currency, at the catalogue's prices.
    package func order(using generator: inout some RandomNumberGenerator) -> NewOrder {
        guard let first = catalogue.products.randomElement(using: &generator) else {
            preconditionFailure("A catalogue has the products that its mix needs.")
        }
        let currency = first.price.currency
        let others = productsByCurrency[currency] ?? []
        var ids = [first.id]
        for _ in 1..<Int.random(in: 1...Self.lineCountMax, using: &generator) {
            guard let id = others.randomElement(using: &generator)?.id, !ids.contains(id) else {
                continue
            }
            ids.append(id)
        }
        return NewOrder(
            userID: UserID(rawValue: Self.id(catalogue.users, using: &generator)),
            currency: currency,
            lines: ids.map {
                .product($0, quantity: UInt32.random(in: 1...3, using: &generator))
            })
    }
}
