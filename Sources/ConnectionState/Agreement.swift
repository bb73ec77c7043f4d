package import Wire
import WireMessages

/// What HELLO and WELCOME settled; it never changes afterwards.
///
/// It lives as long as the connection, so it keeps nothing whose size is up to the client.
package struct Agreement: Hashable, Sendable {
    package let features: [String]
    /// Whether answers may be compressed.
    package let acceptsZlib: Bool
    /// Whether frames end with a checksum.
    package let usesChecksums: Bool
    /// By the client's index.
    package let methods: [MethodTable.Binding]
    /// The longest frame that the client accepts.
    package let frameOutLengthMax: UInt32
    package let initialWindow: UInt32

    /// Every client accepts frames of this length: less would not hold an error and its details.
    package static let frameLengthFloor: UInt32 = 16 << 10

    package init(_ hello: Hello, methods table: MethodTable, limits: WireLimits) {
        features = Feature.all.filter(hello.features.contains)
        acceptsZlib = features.contains(Feature.zlib)
        usesChecksums = features.contains(Feature.checksums)
        methods = Self.bindings(hello.methods, table)
        frameOutLengthMax =
            hello.maxFrame == 0
            ? limits.frameOutLengthMax
            : min(max(hello.maxFrame, Self.frameLengthFloor), limits.frameOutLengthMax)
        initialWindow =
            hello.initialWindow == 0
            ? limits.initialWindow : min(hello.initialWindow, UInt32(Int32.max))
    }

    /// How much text of a client's is kept for its connection's life.
    static let unknownNameByteCountMax = 2 << 10

    /// Names that are ours are kept once, with the table. Of the others, only so many as an
    /// error's text is worth: a HELLO is 16 KiB, and there are thousands of connections.
    private static func bindings(
        _ names: [String], _ table: MethodTable
    ) -> [MethodTable.Binding] {
        var left = unknownNameByteCountMax
        return names.map { name in
            let binding = table[name]
            guard case .unknown = binding else { return binding }
            let byteCount = name.utf8.count
            guard byteCount <= left else { return .unknown(name: nil) }
            left -= byteCount
            return binding
        }
    }
}
