import Foundation
import TandemCore

/// One line of the conformance runner: what the harness is to do next. The runner's README gives
/// the format.
struct HarnessRequest: Decodable, Sendable {
    enum Action: String, Decodable {
        case open, call, cancel, close
    }

    enum Port: String, Decodable {
        case command, query
    }

    enum Kind: String, Decodable {
        case unary, stream
    }

    /// A metadata entry: its value is text, or bytes in hex.
    struct Entry: Decodable {
        let name: String
        let text: String?
        let bytes: String?
    }

    let id: Int
    let action: Action
    /// open: where the ports are.
    let command: String?
    let query: String?
    /// open: the methods that will be called, by port.
    let methods: [String: [String]]?
    /// open: whether to ask for checksums; absent: as the client does by itself.
    let wantsChecksums: Bool?
    /// call, from here on.
    let port: Port?
    let method: String?
    let kind: Kind?
    let body: String?
    let key: String?
    let isReadOnly: Bool?
    let timeoutMilliseconds: Int?
    let traceParent: String?
    let maxStalenessMilliseconds: UInt32?
    let custom: [Entry]?
    /// cancel: the id of the call.
    let call: Int?

    private enum CodingKeys: String, CodingKey {
        case id, command, query, methods, port, method, kind, body, key, custom,
            call
        case action = "do"
        case wantsChecksums = "crc32c"
        case isReadOnly = "read_only"
        case timeoutMilliseconds = "timeout_ms"
        case traceParent = "trace_parent"
        case maxStalenessMilliseconds = "max_staleness_ms"
    }

    init(line: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(line.utf8))
    }
}

/// What the harness answers to it.
struct HarnessReply: Encodable, Sendable {
    let id: Int
    let outcome: Outcome

    enum Outcome: Sendable {
        case done
        case answer(
            body: [UInt8], items: [[UInt8]], isReplay: Bool, token: ConsistencyToken?,
            age: Duration?)
        case failure(code: StatusCode, reason: String, message: String, isNotProcessed: Bool)
    }

    private enum CodingKeys: String, CodingKey {
        case id, outcome, body, items, replayed, token, code, reason, message
        case isNotProcessed = "not_processed"
        case age = "age_ms"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        switch outcome {
        case .done:
            try container.encode("ok", forKey: .outcome)
        case .answer(let body, let items, let isReplay, let token, let age):
            try container.encode("ok", forKey: .outcome)
            try container.encode(HexText.of(body), forKey: .body)
            try container.encode(items.map { HexText.of($0) }, forKey: .items)
            try container.encode(isReplay, forKey: .replayed)
            try container.encode(token.map { HexText.of($0.bytes) }, forKey: .token)
            try container.encode(age.map { $0 / .milliseconds(1) }, forKey: .age)
        case .failure(let code, let reason, let message, let isNotProcessed):
            try container.encode("error", forKey: .outcome)
            try container.encode(code.rawValue, forKey: .code)
            try container.encode(reason, forKey: .reason)
            try container.encode(message, forKey: .message)
            try container.encode(isNotProcessed, forKey: .isNotProcessed)
        }
    }
}

extension ConsistencyToken {
    /// The sixteen bytes, as on the wire.
    fileprivate var bytes: [UInt8] {
        BigEndianBytes.of(epoch.rawValue) + BigEndianBytes.of(position.rawValue)
    }
}

/// Two hexadecimal digits for each byte; `nil` for anything else.
func bytes(ofHex text: String) -> [UInt8]? {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map {
        UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
}
