package import Wire
import WireMessages

/// What HELLO and WELCOME settled; it never changes afterwards.
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
    /// SHA-256 of the dictionaries that the client holds.
    package let heldDictionaries: [[UInt8]]

    /// Every client accepts frames of this length: less would not hold an error and its details.
    package static let frameLengthFloor: UInt32 = 16 << 10

    package init(_ hello: Hello, methods table: MethodTable, limits: WireLimits) {
        features = Feature.all.filter(hello.features.contains)
        acceptsZlib = features.contains(Feature.zlib)
        usesChecksums = features.contains(Feature.checksums)
        methods = hello.methods.map { table[$0] }
        frameOutLengthMax =
            hello.maxFrame == 0
            ? limits.frameOutLengthMax
            : min(max(hello.maxFrame, Self.frameLengthFloor), limits.frameOutLengthMax)
        initialWindow =
            hello.initialWindow == 0
            ? limits.initialWindow : min(hello.initialWindow, UInt32(Int32.max))
        heldDictionaries = hello.dictionarySha256.map { Array($0) }
    }
}
