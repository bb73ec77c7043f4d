// swift-tools-version: 6.2
import PackageDescription

let tandem = Target.Dependency.product(name: "Tandem", package: "TANDEM_NAME")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

let package = Package(
    name: "things",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(path: "TANDEM_PATH"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        .target(name: "Things", dependencies: [tandem, protobuf], exclude: ["things.proto", "generate"]),
        .executableTarget(name: "things-server", dependencies: ["Things", tandem]),
        .testTarget(
            name: "ThingsTests",
            dependencies: [
                "Things", tandem, .product(name: "TandemClient", package: "TANDEM_NAME"),
                .product(name: "TandemTestKit", package: "TANDEM_NAME"),
            ]),
    ]
)
