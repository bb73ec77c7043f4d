// swift-tools-version: 6.2
import PackageDescription

// The layers, from the ground up. Arrows point downward only; ARCHITECTURE.md says why each
// target exists, and Tests/TidyTests fails when a source file imports what its arrow forbids.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// Generated code follows its generator's rules, not ours.
let generated: [SwiftSetting] = [.swiftLanguageMode(.v6)]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(
    name: "UnixSignals", package: "swift-service-lifecycle")
let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")

let package = Package(
    name: "tandem",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "TandemClient", targets: ["TandemClient"]),
        .library(name: "TandemTestKit", targets: ["TandemTestKit"]),
        .library(name: "Tandem", targets: ["Tandem"]),
        .executable(name: "tandem-server", targets: ["tandem-server"]),
        .executable(name: "tandem", targets: ["tandem-cli"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // Ground: no knowledge of anything above.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CSQLiteGuard", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "TandemCore", dependencies: [protobuf], swiftSettings: strict),
        .target(name: "ProcessText", swiftSettings: strict),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CPrefetch"),
        .target(name: "Budget", dependencies: ["CMalloc"], swiftSettings: strict),
        .target(name: "Compression", dependencies: ["CZlib", crypto], swiftSettings: strict),

        // The protocol.
        .target(
            name: "WireMessages", dependencies: [protobuf],
            swiftSettings: generated),
        .target(
            name: "Wire", dependencies: ["TandemCore", "WireMessages", nioCore, protobuf],
            swiftSettings: strict),
        .target(
            name: "ConnectionState", dependencies: ["TandemCore", "Wire", "WireMessages"],
            swiftSettings: strict),
        .target(
            name: "Transport",
            dependencies: ["Budget", "Compression", "ConnectionState", "TandemCore", "Wire",
                "WireMessages", logging, nioCore, nioPosix, protobuf],
            swiftSettings: strict),

        // The stores: the only users of SQLite.
        .target(
            name: "WriteStore",
            dependencies: ["Budget", "CSQLiteGuard", "TandemCore", crypto, grdb, grdbSQLite],
            swiftSettings: strict),
        .target(
            name: "DocumentStore",
            dependencies: ["CPrefetch", "CSQLiteGuard", "Compression", "TandemCore", grdb, grdbSQLite],
            swiftSettings: strict),
        .target(
            name: "Projection",
            dependencies: ["Budget", "Compression", "DocumentStore", "TandemCore"],
            swiftSettings: strict),

        // What an application is written with, and the application that comes along.
        .target(
            name: "TandemDomain",
            dependencies: ["DocumentStore", "Projection", "TandemCore", "WriteStore", crypto,
                protobuf],
            swiftSettings: strict),
        // Composition.
        .target(
            name: "WriteServer",
            dependencies: ["Budget", "Compression", "ConnectionState", "TandemCore", "TandemDomain",
                "Transport", "Wire", "WireMessages", "WriteStore", crypto, logging, nioCore,
                protobuf],
            swiftSettings: strict),
        .target(
            name: "ReadServer",
            dependencies: ["Budget", "Compression", "ConnectionState", "DocumentStore",
                "Projection", "TandemCore", "TandemDomain", "Transport", "Wire", "WireMessages",
                logging, nioCore, protobuf],
            swiftSettings: strict),
        .target(name: "TestMessages", dependencies: [protobuf], swiftSettings: generated),
        // What an author imports: the domain API, and servers with their command line.
        .target(
            name: "Tandem",
            dependencies: ["Budget", "DocumentStore", "ProcessText", "Projection", "ReadServer",
                "TandemCore", "TandemDomain", "Transport", "Wire", "WriteServer", "WriteStore",
                argumentParser, crypto, lifecycle, logging, nioCore, nioPosix, protobuf, unixSignals],
            swiftSettings: strict),

        // The application that comes along, written with nothing but that.
        .target(
            name: "OrdersMessages", dependencies: ["TandemCore", protobuf],
            swiftSettings: generated),
        .target(name: "OrdersEvents", dependencies: [protobuf], swiftSettings: generated),
        .target(
            name: "Orders", dependencies: ["OrdersEvents", "OrdersMessages", "Tandem", protobuf],
            swiftSettings: strict),
        .executableTarget(
            name: "tandem-server", dependencies: ["Orders", "Tandem"], swiftSettings: strict),

        // For the conformance suite: the same servers, and what can be tested only from inside.
        .target(
            name: "TestService",
            dependencies: ["ConnectionState", "TandemCore", "TandemDomain", "TestMessages",
                "Transport", "Wire", "WireMessages", "WriteStore", nioCore, protobuf],
            swiftSettings: strict),
        .executableTarget(
            name: "tandem-test-server",
            dependencies: ["Orders", "Tandem", "TestService", logging],
            swiftSettings: strict),

        // The Swift client, a guest in the house: it sees the protocol, never a server.
        .target(
            name: "TandemClient",
            dependencies: ["TandemCore", "Transport", "Wire", "WireMessages", nioCore, nioPosix,
                protobuf],
            path: "clients/swift/TandemClient", swiftSettings: strict),
        // The order service's own words over it.
        .target(
            name: "OrdersClient",
            dependencies: ["OrdersMessages", "TandemClient", "TandemCore", "Transport", nioCore,
                protobuf],
            path: "clients/swift/OrdersClient", swiftSettings: strict),
        .target(
            name: "TandemCLI",
            dependencies: ["OrdersClient", "OrdersMessages", "ProcessText", "TandemClient",
                "TandemCore", "Transport", "WireMessages", argumentParser, crypto, histogram,
                nioCore, protobuf],
            path: "clients/swift/TandemCLI", swiftSettings: strict),
        .executableTarget(
            // Not "tandem": beside the module Tandem, a file system that ignores case has no room
            // for it. The program is called so.
            name: "tandem-cli", dependencies: ["TandemCLI", argumentParser],
            path: "clients/swift/tandem-cli", swiftSettings: strict),

        // For the conformance suite: the client, told what to do line by line.
        .executableTarget(
            name: "tandem-client-harness",
            dependencies: ["TandemClient", "TandemCore", "Transport", "Wire", nioCore, nioPosix],
            path: "clients/swift/harness", swiftSettings: strict),

        // What authors test their domains with.
        .target(
            name: "TandemTestKit",
            dependencies: ["Compression", "DocumentStore", "Projection", "Tandem", "TandemClient",
                "TandemCore", "TandemDomain", "WriteStore", logging, protobuf],
            swiftSettings: strict),

        // Tests: the specification, sentence by sentence.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(
            name: "ProcessTextTests", dependencies: ["ProcessText", logging],
            swiftSettings: strict),
        .testTarget(name: "BudgetTests", dependencies: ["Budget"], swiftSettings: strict),
        .testTarget(name: "TandemCoreTests", dependencies: ["TandemCore"], swiftSettings: strict),
        .testTarget(
            name: "CompressionTests", dependencies: ["Compression", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "WireTests",
            dependencies: ["TandemCore", "TestSupport", "Wire", "WireMessages", nioCore, protobuf],
            swiftSettings: strict),
        .testTarget(
            name: "ConnectionStateTests",
            dependencies: ["ConnectionState", "TandemCore", "Wire", "WireMessages", nioCore],
            swiftSettings: strict),
        .testTarget(
            name: "TransportTests",
            dependencies: ["Budget", "Compression", "ConnectionState", "TandemCore", "TestSupport",
                "Transport", "Wire", "WireMessages", logging, nioCore, nioEmbedded, nioPosix,
                protobuf],
            swiftSettings: strict),
        .testTarget(
            name: "WriteStoreTests",
            dependencies: ["Budget", "TandemCore", "TestSupport", "WriteStore", grdb],
            swiftSettings: strict),
        .testTarget(
            name: "DocumentStoreTests",
            dependencies: ["Compression", "DocumentStore", "TandemCore", "TestSupport", grdb],
            swiftSettings: strict),
        .testTarget(
            name: "ProjectionTests",
            dependencies: ["Budget", "Compression", "DocumentStore", "Projection", "TandemCore",
                "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "DomainTests",
            dependencies: ["DocumentStore", "Projection", "TandemCore", "TandemDomain",
                "TandemTestKit", "TestSupport", "WriteStore", protobuf],
            exclude: ["sketch.proto"], swiftSettings: strict),
        .testTarget(
            name: "OrdersTests",
            dependencies: ["Compression", "DocumentStore", "Orders", "OrdersEvents",
                "OrdersMessages", "Projection", "TandemCore", "TandemDomain", "TandemTestKit",
                "TestSupport", "WriteStore", grdb, protobuf],
            swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: ["Budget", "ConnectionState", "DocumentStore", "Orders", "OrdersClient",
                "OrdersEvents", "OrdersMessages", "Projection", "ReadServer", "TandemClient",
                "TandemCore", "TandemDomain", "TestSupport", "Transport", "Wire", "WireMessages",
                "WriteServer", "WriteStore", logging, nioCore, nioEmbedded, nioPosix, protobuf],
            swiftSettings: strict),
        .testTarget(
            name: "TestServiceTests",
            dependencies: ["ConnectionState", "Orders", "TandemCore", "TandemDomain",
                "TestMessages", "TestService", "TestSupport", "Transport", "Wire", "WireMessages",
                "WriteServer", "WriteStore", logging, nioCore, nioPosix, protobuf],
            swiftSettings: strict),
        .testTarget(
            name: "TandemClientTests",
            dependencies: ["OrdersClient", "OrdersMessages", "TandemClient", "TandemCore",
                "TestSupport", "Transport", "WireMessages", nioCore, nioPosix, protobuf],
            swiftSettings: strict),
        .testTarget(
            name: "TandemCLITests",
            dependencies: ["OrdersClient", "OrdersMessages", "ProcessText", "TandemCLI",
                "TandemClient", "TandemCore", "TestSupport", "Transport", "WireMessages",
                argumentParser, nioCore, nioEmbedded, protobuf],
            swiftSettings: strict),
        .testTarget(
            name: "VectorTests",
            dependencies: ["Compression", "ConnectionState", "TandemCore", "Transport", "Wire",
                "WireMessages", crypto, nioCore, nioEmbedded, protobuf],
            swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ]
)

// What is built again and again is linked by the toolchain's own lld: a test is ready 3 to 7 s after
// a change, not 9 to 13. Tests and programs only: no package may depend on what has such flags.
for target in package.targets where target.type == .test || target.type == .executable {
    target.linkerSettings = [
        .unsafeFlags(["-use-ld=lld"], .when(platforms: [.linux], configuration: .debug))
    ]
}

// Benchmarks/README.md: only for Scripts/bench, so that nobody else sees it. It reaches what is
// `package` and nothing more: all other targets are built as ever, and not anew.
if Context.environment["TANDEM_STAGES"] != nil {
    package.targets.append(
        .executableTarget(
            name: "read-stages",
            dependencies: ["CPrefetch", "ConnectionState", "DocumentStore", "Orders",
                "OrdersMessages", "Projection", "ReadServer", "TandemCore", "TandemDomain",
                "Transport", "Wire", "WireMessages", argumentParser, logging, nioCore, nioPosix],
            path: "Benchmarks/Stages", swiftSettings: strict))
}

// Fuzzing/README.md: only for Scripts/fuzz, since what it needs of the compiler stands in the way
// of everything else.
if Context.environment["TANDEM_FUZZ"] != nil {
    // Fuzzed code tells libFuzzer which branches were taken; everything else is built as ever.
    let instrumented: [SwiftSetting] = [
        .unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library", "-enable-testing"])
    ]
    let fuzzed = ["Compression", "ConnectionState", "DocumentStore", "TandemCore", "TandemDomain",
        "Transport", "Wire", "WireMessages"]
    for target in package.targets where fuzzed.contains(target.name) {
        target.swiftSettings = (target.swiftSettings ?? []) + instrumented
    }
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Fuzzing/CFuzzer"),
        .executableTarget(
            name: "tandem-fuzz",
            dependencies: ["CFuzzer", "CZlib", logging, nioCore, nioEmbedded]
                + fuzzed.map { .target(name: $0) },
            path: "Fuzzing/tandem-fuzz", swiftSettings: strict + instrumented,
            // Without lld, each of AddressSanitizer's own symbols gets a warning.
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
    ]
}
