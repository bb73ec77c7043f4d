// swift-tools-version: 6.2
import PackageDescription

// Domains written with what Tandem makes public, as a package of your own would be.

let tandem = Target.Dependency.product(name: "Tandem", package: "tandem")
let testKit = Target.Dependency.product(name: "TandemTestKit", package: "tandem")
let client = Target.Dependency.product(name: "TandemClient", package: "tandem")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

let package = Package(
    name: "tandem-examples",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "tandem", path: ".."),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        // The state is folded from the events.
        .target(name: "Bank", dependencies: [tandem, protobuf], exclude: ["bank.proto"]),
        .executableTarget(name: "bank-server", dependencies: ["Bank", tandem]),
        .executableTarget(name: "bank-client", dependencies: ["Bank", client]),
        .testTarget(name: "BankTests", dependencies: ["Bank", tandem, client, testKit]),

        // The state is in tables.
        .target(name: "Bookings", dependencies: [tandem, protobuf], exclude: ["bookings.proto"]),
        .executableTarget(name: "bookings-server", dependencies: ["Bookings", tandem]),
        .testTarget(name: "BookingsTests", dependencies: ["Bookings", tandem, client, testKit]),
    ]
)
