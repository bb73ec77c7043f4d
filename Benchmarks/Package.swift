// swift-tools-version: 6.2
import PackageDescription

// What measures Tandem from outside: a load generator, and the peers it is measured against. A
// package of its own, so that nobody who uses Tandem builds gRPC. README.md says how to run it.

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

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let grpcCore = Target.Dependency.product(name: "GRPCCore", package: "grpc-swift-2")
let grpcProtobuf = Target.Dependency.product(name: "GRPCProtobuf", package: "grpc-swift-protobuf")
let grpcTransport = Target.Dependency.product(
    name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let tandemClient = Target.Dependency.product(name: "TandemClient", package: "tandem")

let package = Package(
    name: "tandem-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "tandem", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // One generator for both sides, in plain C: `cc -O2 Sources/load/*.c` builds it, too.
        .executableTarget(name: "load"),

        // The order service's GetOrder, as an application of its own would generate it.
        .target(
            name: "OrderMessages", dependencies: [protobuf, tandemClient],
            path: "Sources/client-calls/Messages", exclude: ["order.proto", "generate"],
            swiftSettings: generated),
        // What both clients are measured by.
        .target(
            name: "CallMeter", dependencies: [argumentParser, histogram],
            path: "Sources/client-calls/Meter", swiftSettings: strict),
        .executableTarget(
            name: "client-calls",
            dependencies: ["CallMeter", "OrderMessages", argumentParser, tandemClient],
            path: "Sources/client-calls/Program", swiftSettings: strict),

        .target(
            name: "OrderStubs",
            dependencies: ["OrderMessages", grpcCore, grpcProtobuf, protobuf],
            path: "Sources/grpc-calls/Generated", swiftSettings: generated),
        .executableTarget(
            name: "grpc-calls",
            dependencies: [
                "CallMeter", "OrderMessages", "OrderStubs", argumentParser, grpcCore,
                grpcProtobuf, grpcTransport, protobuf, tandemClient,
            ],
            path: "Sources/grpc-calls/Program", swiftSettings: strict),

        .executableTarget(
            name: "bare-nio", dependencies: [argumentParser, nioCore, nioPosix],
            swiftSettings: strict),
    ]
)
