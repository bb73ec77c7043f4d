import ArgumentParser

/// `tandem bench …`
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Load a running server, and tell how it copes.",
        discussion: """
            get, list, place and mixed are for the orders shop; call is for any domain.

            Without --rate, each of --connections clients keeps --in-flight requests on their \
            way: that tells how much the server can do. How fast it is at less is told by --rate: \
            requests are then sent on a fixed schedule, whether or not those before have been \
            answered, and latency counts from the time that a request was due, so that a server \
            that stalls is charged for all that was due meanwhile. The report says how far \
            behind the schedule the sending fell.

            No request is sent twice: what fails is counted, by its reason. Ctrl-C ends a \
            benchmark early, with the report of what was measured until then. On a terminal a \
            line a second shows how it goes.

            EXAMPLES
              tandem bench get --duration 30s
              tandem bench mixed --mix get=90,list=9,place=1 --rate 5000
              tandem bench call GetUser --json-file requests.ndjson

            EXIT CODES
              0  all that was sent in the measured time was done
              1  the server refused some of it, or did not answer
              2  wrong arguments or bad input
              3  the server could not be reached
              5  standard output could not be written
              130  stopped by Ctrl-C; nothing had failed until then
            """,
        subcommands: [Get.self, List.self, Place.self, Mixed.self, Call.self])

    struct Call: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Any method of any server.",
            discussion: """
                The file has one request in JSON a line, as `tandem call` takes it (`tandem \
                describe METHOD` gives an example). They are read and looked through before the \
                clock starts, and sent in turn, after the last from the first again; each command \
                gets a fresh key. As with `tandem call`, the server translates the JSON, which \
                is part of what is measured.

                EXAMPLES
                  seq 1 1000 | sed 's/.*/{"userId": "&"}/' > requests.ndjson
                  tandem bench call GetUser --json-file requests.ndjson
                  tandem bench call Deposit --json-file deposits.ndjson --rate 500 --json
                """)

        @Argument(help: "The method, in full or without what is before the last /.")
        var method: String
        @Option(
            help: ArgumentHelp("The requests, one JSON object a line.", valueName: "file"))
        var jsonFile: String
        @OptionGroup var bench: BenchOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let file = try RequestFile.read(jsonFile)
            let method = try await MethodDirectory.fetch(options).method(method)
            try await bench.run(method.name, LoadPlan(file, to: method), options)
        }
    }
}
