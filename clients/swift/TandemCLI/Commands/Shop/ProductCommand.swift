import ArgumentParser
import OrdersClient
import TandemClient
import TandemCore

/// `tandem product …`
struct ProductCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "product", abstract: "Add, show, restock and retire products, change prices.",
        discussion: """
            EXAMPLES
              tandem product add --name Tea --price-minor 450 --currency USD
              tandem product change-price 1 475
            """,
        subcommands: [
            Add.self, Get.self, List.self, ChangePrice.self, Restock.self, Retire.self,
            Sales.self, Top.self,
        ])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a product to the catalogue.",
            discussion: """
                EXAMPLES
                  tandem product add --name Tea --price-minor 450 --currency USD
                  tandem product add --id 7 --name 'Gift wrap' --price-minor 0 --currency EUR
                  tandem product add --name Print --price-minor 9900 --currency EUR --stock 25
                """)

        @Option(help: "The name, 1 to 200 bytes.") var name: String
        @Option(
            help: ArgumentHelp(
                "The price of one unit in minor units: 450 is 4.50 USD.", valueName: "amount"))
        var priceMinor: Int64
        @Option(help: ArgumentHelp("The currency, like USD.", valueName: "code"))
        var currency: String
        @Option(help: "The id, a whole number from 1. (default: the next free one)")
        var id: ProductID?
        @Option(
            help: ArgumentHelp(
                "How many units there are; no more can be ordered. (default: not counted, for "
                    + "good)",
                valueName: "units"))
        var stock: Int64?
        @OptionGroup var key: KeyOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let product = NewProduct(
                id: id, name: name, price: Money(minorUnits: priceMinor, currency: currency),
                stock: stock)
            try await options.withClient { client in
                let answer = try await client.addProduct(product, options: key.callOptions)
                try options.showReceipt(
                    answer, answer.value.members, "product \(answer.id) added at \(product.price)")
            }
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a product.",
            discussion: """
                EXAMPLE
                  tandem product get 1
                """)

        @Argument(help: "The product's id, a whole number from 1.") var id: ProductID
        @OptionGroup var read: ReadOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                let answer = try await client.product(id, options: read.callOptions)
                var table = Table(Product.columns)
                table.add(answer.value.cells)
                options.showDocument(answer, answer.value.json, table.text)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List products by id, or those of a name by name.",
            discussion: """
                EXAMPLES
                  tandem product list --page-size 50
                  tandem product list --all --json
                  tandem product list --name-start Tea
                """)

        @Option(
            help: ArgumentHelp(
                "Only products whose name begins so, 1 to 32 bytes, and case counts; they come by "
                    + "name. (default: all, by id)",
                valueName: "text"))
        var nameStart: String?
        @OptionGroup var paging: PagingOptions
        @OptionGroup var read: ReadOptions
        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard (1...32).contains(nameStart?.utf8.count ?? 1) else {
                throw ValidationError("--name-start has to have 1 to 32 bytes.")
            }
        }

        func run() async throws {
            try await options.withClient { client in
                try await paging.show(
                    options, name: "products", columns: Product.columns, cells: \.cells,
                    json: \.json
                ) { size, cursor throws(TandemError) in
                    try await client.productsPage(
                        nameStart: nameStart ?? "", pageSize: size, after: cursor,
                        options: read.callOptions)
                }
            }
        }
    }

    struct ChangePrice: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "change-price",
            abstract: "Change a product's price; orders placed before keep theirs.",
            discussion: """
                EXAMPLE
                  tandem product change-price 1 475
                """)

        @Argument(help: "The product's id, a whole number from 1.") var id: ProductID
        @Argument(help: "The new price of one unit in minor units: 450 is 4.50 USD.")
        var priceMinor: Int64
        @OptionGroup var change: ChangeOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                let answer = try await client.changeProductPrice(
                    id, toMinorUnits: priceMinor, expectedVersion: change.expectedVersion,
                    options: change.callOptions)
                try options.showReceipt(
                    answer, answer.value.members, "price of product \(answer.id) changed")
            }
        }
    }

    struct Restock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put more units of a counted product into stock.",
            discussion: """
                EXAMPLE
                  tandem product restock 7 25
                """)

        @Argument(help: "The product's id, a whole number from 1.") var id: ProductID
        @Argument(help: "How many more, a whole number from 1.") var units: Int64
        @OptionGroup var change: ChangeOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                let answer = try await client.restockProduct(
                    id, units: units, expectedVersion: change.expectedVersion,
                    options: change.callOptions)
                try options.showReceipt(
                    answer, answer.value.members,
                    "product \(answer.id) restocked: \(answer.stock ?? 0) left")
            }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let nobody order a product any more; orders that have it keep it.",
            discussion: """
                EXAMPLE
                  tandem product retire 7
                """)

        @Argument(help: "The product's id, a whole number from 1.") var id: ProductID
        @OptionGroup var change: ChangeOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                let answer = try await client.retireProduct(
                    id, expectedVersion: change.expectedVersion, options: change.callOptions)
                try options.showReceipt(
                    answer, answer.value.members, "product \(answer.id) retired")
            }
        }
    }
}

extension ProductReceipt {
    fileprivate var members: [JSON.Member] {
        [
            JSON.Member(name: "product_id", value: JSON(id.rawValue)),
            JSON.Member(name: "version", value: JSON(version)),
            JSON.Member(name: "stock", value: stock.map { .int64($0) } ?? .null),
        ]
    }
}
