import NIOCore
import Wire

/// What a client says now and then that no server understands, so that none forgets how to ignore
/// it. SPEC.md, section "Versions and extension".
struct Grease {
    /// A feature that is never given a meaning.
    let feature: String
    /// For about one connection in four, a frame of a type that never is either.
    let frame: (type: UInt8, body: ByteBuffer)?

    private static let types = UInt8(0xF0)...UInt8(0xFF)

    init(using generator: inout some RandomNumberGenerator) {
        feature = "grease-" + String(UInt16.random(in: .min ... .max, using: &generator), radix: 16)
        guard Int.random(in: 0..<4, using: &generator) == 0 else {
            frame = nil
            return
        }
        let type = UInt8.random(in: Self.types, using: &generator)
        let byteCount = Int.random(in: 0...16, using: &generator)
        let bytes = (0..<byteCount).map { _ in
            UInt8.random(in: .min ... .max, using: &generator)
        }
        frame = (type, ByteBuffer(bytes: bytes))
    }
}
