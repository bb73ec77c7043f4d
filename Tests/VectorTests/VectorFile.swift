import Foundation
import NIOCore

/// A file of Protocol/vectors; its README says what the fields mean.
struct VectorFile<Setup: Decodable & Sendable, Expected: Decodable & Sendable>: Decodable {
    let count: Int
    let vectors: [Vector<Setup, Expected>]

    static func load(_ name: String) throws -> VectorFile {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(VectorFile.self, from: VectorFolder.data(name))
    }
}

/// Where the files are.
enum ProtocolFolder {
    static func url(_ path: String) -> URL {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.appendingPathComponent("Protocol/\(path)")
    }
}

enum VectorFolder {
    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: ProtocolFolder.url("vectors/\(name).json"))
    }
}

/// Bytes, and what must be made of them.
struct Vector<Setup: Decodable & Sendable, Expected: Decodable & Sendable>: Decodable, Sendable {
    enum Result: String, Decodable {
        case valid, incomplete, invalid, refused
    }

    let id: String
    let setup: Setup
    let input: Hex
    let result: Result
    let expected: Expected?
    let violation: Finding?
    let refusal: Finding?

    /// What a receiver must find wrong.
    var finding: String? { violation?.reason ?? refusal?.reason }
}

/// Why a connection ends, or a call fails.
struct Finding: Decodable, Hashable {
    let reason: String
    /// Of a GOAWAY; an ERROR has a status instead.
    let code: UInt16?
}

/// Bytes as text.
struct Hex: Decodable, Hashable {
    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while rest.count >= 2, let byte = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        guard rest.isEmpty else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no hexadecimal: \(text)"))
        }
        self.bytes = bytes
    }

    var buffer: ByteBuffer { ByteBuffer(bytes: bytes) }
}

/// The form of a setup or result that a file doesn't have.
struct Nothing: Decodable, Hashable, Sendable {}
