/// Which modules each target may import: the layers of ARCHITECTURE.md, as a table.
///
/// A new arrow belongs here, in ARCHITECTURE.md and in Package.swift.
enum Arrows {
    /// By target; the system's modules that it may use stand among the others.
    static let allowed: [String: [String]] = [
        "CMalloc": [],
        "CPrefetch": [],
        "CSQLiteGuard": [],
        "Budget": ["CMalloc", "Foundation", "Glibc", "Musl", "Synchronization"],
        "CZlib": [],
        "TandemCore": ["SwiftProtobuf"] + threads,
        "ProcessText": ["Foundation"],
        "Compression": ["CZlib", "Crypto"],
        "WireMessages": generated,
        "Wire": ["TandemCore", "WireMessages", "Foundation", "NIOCore", "SwiftProtobuf"],
        "ConnectionState": ["TandemCore", "Wire", "WireMessages"],
        "Transport": [
            "Budget", "Compression", "ConnectionState", "TandemCore", "Wire", "WireMessages",
            "Foundation", "Logging", "NIOCore", "NIOPosix", "SwiftProtobuf", "Synchronization",
        ],
        "WriteStore": [
            "Budget", "CSQLiteGuard", "TandemCore", "Crypto", "GRDB", "GRDBSQLite",
        ] + threads,
        "DocumentStore": [
            "CPrefetch", "CSQLiteGuard", "Compression", "TandemCore", "GRDB", "GRDBSQLite",
            "Darwin", "Foundation", "Glibc", "Musl", "Synchronization",
        ],
        "Projection": ["Budget", "Compression", "DocumentStore", "TandemCore"],
        "TandemDomain": [
            "DocumentStore", "Projection", "TandemCore", "WriteStore", "Crypto", "Foundation",
            "SwiftProtobuf",
        ],
        "WriteServer": ["Budget", "Compression", "WriteStore", "Crypto"] + serving,
        "ReadServer": ["Budget", "Compression", "DocumentStore", "Projection"] + serving,
        "TestMessages": generated,
        "Tandem": [
            "Budget", "DocumentStore", "ProcessText", "Projection", "ReadServer", "TandemCore",
            "TandemDomain", "Transport", "Wire", "WriteServer", "WriteStore", "ArgumentParser",
            "Crypto", "Foundation", "Logging", "NIOCore", "NIOPosix", "ServiceLifecycle",
            "SwiftProtobuf", "Synchronization", "UnixSignals",
        ],
        // Written as a stranger would: with nothing of Tandem's but what it makes public.
        "OrdersMessages": generated + ["TandemCore"],
        "OrdersEvents": generated,
        "Orders": ["OrdersEvents", "OrdersMessages", "Tandem"],
        "tandem-server": ["Orders", "Tandem"],
        "TestService": [
            "ConnectionState", "TandemCore", "TandemDomain", "TestMessages", "Transport", "Wire",
            "WireMessages", "WriteStore", "NIOCore", "SwiftProtobuf", "Synchronization",
        ],
        "tandem-test-server": ["Orders", "Tandem", "TestService", "Logging"],
        "TandemTestKit": [
            "Compression", "DocumentStore", "Projection", "Tandem", "TandemClient", "TandemCore",
            "TandemDomain", "WriteStore", "Foundation", "Logging", "SwiftProtobuf",
            "Synchronization",
        ],
        "TandemClient": [
            "TandemCore", "Transport", "Wire", "WireMessages", "Foundation", "NIOCore",
            "NIOPosix", "SwiftProtobuf", "Synchronization",
        ],
        "OrdersClient": [
            "OrdersMessages", "TandemClient", "TandemCore", "Transport", "Foundation", "NIOCore",
            "SwiftProtobuf", "Synchronization",
        ],
        "TandemCLI": [
            "OrdersClient", "OrdersMessages", "ProcessText", "TandemClient", "TandemCore",
            "Transport", "WireMessages", "ArgumentParser", "Crypto", "Histogram", "NIOCore",
            "SwiftProtobuf",
        ] + threads,
        "tandem-cli": ["TandemCLI", "Foundation"],
        "harness": [
            "TandemClient", "TandemCore", "Transport", "Wire", "Foundation", "NIOCore",
            "NIOPosix",
        ],
    ]

    private static let generated = ["SwiftProtobuf", "Foundation", "FoundationEssentials"]
    private static let threads = ["Dispatch", "Foundation", "Synchronization"]
    private static let serving =
        [
            "ConnectionState", "TandemCore", "TandemDomain", "Transport", "Wire", "WireMessages",
            "Logging", "NIOCore", "SwiftProtobuf",
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
