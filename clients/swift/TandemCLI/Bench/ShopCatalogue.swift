package import OrdersClient
import TandemClient

/// Ids to choose from; never none.
package enum IDPool: Hashable, Sendable {
    case range(ClosedRange<UInt64>)
    case list([UInt64])

    package func random(using generator: inout some RandomNumberGenerator) -> UInt64 {
        switch self {
        case .range(let ids): return .random(in: ids, using: &generator)
        case .list(let ids):
            guard let id = ids.randomElement(using: &generator) else {
                preconditionFailure("A pool has an id.")
            }
            return id
        }
    }
}

/// What there is in an orders shop, as far as a benchmark asks for it.
package struct ShopCatalogue: Sendable {
    package var orders: IDPool?
    package var users: IDPool?
    /// That can be ordered.
    package var products: [Product] = []

    /// More than so many of a kind are not asked for.
    private static let countMax = 50_000

    package init() {}

    /// Asks the server for what some kinds of requests need, and was not given.
    ///
    /// - Throws: ``UsageFailure`` if there is nothing.
    static func fetch(
        _ client: TandemClient, for kinds: [ShopRequest], orders: IDRange?, users: IDRange?
    ) async throws -> ShopCatalogue {
        var catalogue = ShopCatalogue()
        if kinds.contains(.get) {
            catalogue.orders = try await pool(
                orders, client.orders(.all, pageSize: 1_000), \.id.rawValue,
                none: "There are no orders: place one with `tandem order place`, or import some.")
        }
        if kinds.contains(.list) || kinds.contains(.place) {
            catalogue.users = try await pool(
                users, client.users(), \.id.rawValue,
                none: "There are no users: register one with `tandem user register`.")
        }
        if kinds.contains(.place) { catalogue.products = try await products(client) }
        return catalogue
    }

    private static func pool<Item: Sendable>(
        _ given: IDRange?, _ items: PagedSequence<Item>, _ id: (Item) -> UInt64, none: String
    ) async throws -> IDPool {
        if let given { return .range(given.ids) }
        var ids: [UInt64] = []
        for try await item in items {
            ids.append(id(item))
            if ids.count == countMax { break }
        }
        guard !ids.isEmpty else { throw UsageFailure(none) }
        return .list(ids)
    }

    private static func products(_ client: TandemClient) async throws -> [Product] {
        var products: [Product] = []
        for try await product in client.products() where !product.isRetired {
            products.append(product)
            if products.count == countMax { break }
        }
        // Those that are counted run out: only if there are no others.
        let endless = products.filter { $0.stock == nil }
        let choice = endless.isEmpty ? products.filter { $0.stock != 0 } : endless
        guard !choice.isEmpty else {
            throw UsageFailure(
                "There are no products to order: add one with `tandem product add`.")
        }
        return choice
    }
}
