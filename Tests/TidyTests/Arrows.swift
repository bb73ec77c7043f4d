/// Which modules each target may import: the layers of ARCHITECTURE.md, as a table.
///
/// A new arrow belongs here, in ARCHITECTURE.md and in Package.swift.
enum Arrows {
    /// By target; the system's modules that it may use stand among the others.
    static let allowed: [String: [String]] = [
        "CMalloc": [],
        "CSQLiteGuard": [],
        "Budget": ["CMalloc", "Foundation", "Glibc", "Musl", "Synchronization"],
        "CZlib": [],
        "EventModel": ["Foundation", "SwiftProtobuf"],
        "ProcessText": ["Foundation"],
        "Compression": ["CZlib", "Crypto"],
        "WireMessages": generated,
        "Wire": ["EventModel", "WireMessages", "Foundation", "NIOCore", "SwiftProtobuf"],
        "Session": ["EventModel", "Wire", "WireMessages"],
        "Transport": [
            "Budget", "Compression", "EventModel", "Session", "Wire", "WireMessages", "Foundation",
            "Logging", "NIOCore", "NIOPosix", "SwiftProtobuf", "Synchronization",
        ],
        "EventStore": ["Budget", "CSQLiteGuard", "EventModel", "GRDB", "GRDBSQLite"] + threads,
        "SnapshotStore": [
            "CSQLiteGuard", "Compression", "EventModel", "GRDB", "GRDBSQLite", "Darwin",
            "Foundation", "Glibc", "Musl", "Synchronization",
        ],
        "Projection": ["Budget", "Compression", "EventModel", "SnapshotStore"],
        "Domain": [
            "Crypto", "EventModel", "EventStore", "Foundation", "Projection", "SnapshotStore",
            "SwiftProtobuf",
        ],
        "WriteServer": ["Budget", "Compression", "Crypto", "EventStore"] + serving,
        "ReadServer": ["Budget", "Compression", "Projection", "SnapshotStore"] + serving,
        "TestMessages": generated,
        "Tandem": [
            "Budget", "Domain", "EventModel", "EventStore", "ProcessText", "Projection",
            "ReadServer", "SnapshotStore", "Transport", "Wire", "WriteServer", "ArgumentParser",
            "Foundation", "Logging", "NIOCore", "NIOPosix", "ServiceLifecycle", "SwiftProtobuf",
            "Synchronization", "UnixSignals",
        ],
        // Written as a stranger would: with nothing of Tandem's but what it makes public.
        "OrdersMessages": generated + ["EventModel"],
        "OrdersEvents": generated,
        "Orders": ["OrdersEvents", "OrdersMessages", "Tandem"],
        "tandem-server": ["Orders", "Tandem"],
        "TestService": [
            "Domain", "EventModel", "EventStore", "Session", "TestMessages", "Transport", "Wire",
            "WireMessages", "NIOCore", "SwiftProtobuf", "Synchronization",
        ],
        "tandem-test-server": ["Orders", "Tandem", "TestService", "Logging"],
        "TandemTestKit": [
            "Compression", "Domain", "EventModel", "EventStore", "Projection", "SnapshotStore",
            "Tandem", "TandemClient", "Foundation", "Logging", "SwiftProtobuf", "Synchronization",
        ],
        "TandemClient": [
            "EventModel", "Transport", "Wire", "WireMessages", "Foundation", "NIOCore",
            "NIOPosix", "SwiftProtobuf", "Synchronization",
        ],
        "OrdersClient": [
            "EventModel", "OrdersMessages", "TandemClient", "Transport", "Foundation", "NIOCore",
            "SwiftProtobuf", "Synchronization",
        ],
        "TandemCLI": [
            "EventModel", "OrdersClient", "ProcessText", "TandemClient", "ArgumentParser",
            "Crypto", "Histogram",
        ] + threads,
        "tandem-cli": ["TandemCLI", "Foundation"],
        "harness": [
            "EventModel", "TandemClient", "Transport", "Wire", "Foundation", "NIOCore", "NIOPosix",
        ],
        "ReadBenchmark": [
            "EventModel", "OrdersClient", "TandemClient", "Transport", "Wire", "WireMessages",
            "ArgumentParser", "NIOCore", "NIOPosix",
        ] + threads,
    ]

    private static let generated = ["SwiftProtobuf", "Foundation", "FoundationEssentials"]
    private static let threads = ["Dispatch", "Foundation", "Synchronization"]
    private static let serving =
        [
            "Domain", "EventModel", "Logging", "NIOCore", "Session", "SwiftProtobuf", "Transport",
            "Wire", "WireMessages",
        ] + threads

    /// What a line of a file imports; `nil` if it is no import.
    static func module(importedBy line: String) -> String? {
        var words = code(of: line).split(separator: " ")
        while let first = words.first, modifiers.contains(first) || first.hasPrefix("@") {
            words.removeFirst()
        }
        guard words.first == "import" else { return nil }
        words.removeFirst()
        // `import struct Foundation.Date`
        if let kind = words.first, kinds.contains(kind) { words.removeFirst() }
        return words.first.map { String($0.prefix { $0 != "." }) }
    }

    private static let modifiers: Set<Substring> = [
        "public", "package", "internal", "fileprivate", "private",
    ]
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "var", "let",
    ]
}
