import ArgumentParser
import TandemClient

extension BenchCommand {
    /// `tandem bench get`
    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Single orders.",
            discussion: """
                Asks for orders in a random order, the same in every run. Without --ids, they \
                are the newest 50,000 that there are.

                EXAMPLES
                  tandem bench get
                  tandem bench get --ids 1:122000 --connections 50 --in-flight 1
                  tandem bench get --rate 20000 --duration 1m --json > report.json
                """)

        @Option(
            help: ArgumentHelp(
                "The orders' ids. (default: what the server has)", valueName: "first:last"))
        var ids: IDRange?
        @OptionGroup var bench: BenchOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await bench.runShop("get", .only(.get), orders: ids, options: options)
        }
    }

    /// `tandem bench list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The newest orders of a user.",
            discussion: """
                Asks for the first page of random users, the same in every run.

                EXAMPLES
                  tandem bench list
                  tandem bench list --page-size 100 --ids 1:2000
                """)

        @Option(
            help: ArgumentHelp(
                "The users' ids. (default: what the server has)", valueName: "first:last"))
        var ids: IDRange?
        @OptionGroup var page: BenchPageOptions
        @OptionGroup var bench: BenchOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await bench.runShop(
                "list", .only(.list), users: ids, pageSize: page.pageSize, options: options)
        }
    }

    /// `tandem bench place`
    struct Place: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "New orders, which stay: not for a shop that is in use.",
            discussion: """
                Places orders of random users with one to five random products at the \
                catalogue's prices, each under a fresh key. Products whose stock is counted are \
                ordered only if there are no others.

                EXAMPLES
                  tandem bench place --connections 4 --in-flight 100
                  tandem bench place --rate 1000 --duration 30s
                """)

        @Option(
            help: ArgumentHelp(
                "The users' ids. (default: what the server has)", valueName: "first:last"))
        var ids: IDRange?
        @OptionGroup var bench: BenchOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await bench.runShop("place", .only(.place), users: ids, options: options)
        }
    }

    /// `tandem bench mixed`
    struct Mixed: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads and new orders, which stay: not for a shop that is in use.",
            discussion: """
                Each client has a connection to either port, and takes what get, list and place \
                do by chance. The report has a line for each, and one for all.

                EXAMPLES
                  tandem bench mixed --rate 10000
                  tandem bench mixed --mix get=1,place=1 --connections 16 --in-flight 8
                """)

        @Option(
            help: ArgumentHelp(
                "How often each comes, in proportion.", valueName: "get=n,list=n,place=n"))
        var mix = RequestMix.usual
        @Option(
            help: ArgumentHelp(
                "The orders' ids. (default: what the server has)", valueName: "first:last"))
        var ids: IDRange?
        @Option(
            help: ArgumentHelp(
                "The users' ids. (default: what the server has)", valueName: "first:last"))
        var userIds: IDRange?
        @OptionGroup var page: BenchPageOptions
        @OptionGroup var bench: BenchOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await bench.runShop(
                "mixed", mix, orders: ids, users: userIds, pageSize: page.pageSize,
                options: options)
        }
    }
}

/// What benchmarks take that list.
struct BenchPageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("How many orders of a user, 1 to 1000.", valueName: "count"))
    var pageSize: UInt32 = 20

    func validate() throws {
        guard (1...1_000).contains(pageSize) else {
            throw ValidationError("--page-size has to be from 1 to 1000.")
        }
    }
}

extension BenchOptions {
    fileprivate func runShop(
        _ name: String, _ mix: RequestMix, orders: IDRange? = nil, users: IDRange? = nil,
        pageSize: UInt32 = 20, options: GlobalOptions
    ) async throws {
        let catalogue = try await options.withClient { client in
            try await ShopCatalogue.fetch(client, for: mix.kinds, orders: orders, users: users)
        }
        var generator = RepeatableGenerator()
        let plan = try ShopPlan(mix: mix, catalogue: catalogue, pageSize: pageSize)
            .plan(using: &generator)
        try await run(name, plan, options)
    }
}
