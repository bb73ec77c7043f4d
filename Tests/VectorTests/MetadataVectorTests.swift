import NIOCore
import TandemCore
import Testing
import Transport
import Wire

private typealias File = VectorFile<Setup, Expected>

private struct Setup: Decodable, Sendable {
    let maxBytes: Int
    let on: String?
}

private struct Expected: Decodable, Sendable {
    let metadata: Fields?
    let body: Hex?
    /// Of a refusal: the first malformed entry.
    let tag: UInt8?
}

private struct Fields: Decodable, Hashable, Sendable {
    struct Token: Decodable, Hashable {
        let epoch: String
        let position: String
    }

    struct Custom: Decodable, Hashable {
        let name: Text
        let text: Text?
        let binary: Hex?
    }

    /// Text that equals only the very same bytes.
    struct Text: Decodable, Hashable {
        let utf8: [UInt8]

        init(_ text: String) {
            utf8 = Array(text.utf8)
        }

        init(from decoder: any Decoder) throws {
            self.init(try decoder.singleValueContainer().decode(String.self))
        }
    }

    /// JSON has no other way to tell an age that isn't known from none.
    enum Age: Decodable, Hashable {
        case unknown
        case milliseconds(UInt32)

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            self = value.decodeNil() ? .unknown : .milliseconds(try value.decode(UInt32.self))
        }
    }

    var traceParent: String?
    var key: Hex?
    var atLeast: Token?
    var maxStaleness: UInt32?
    var token: Token?
    var age: Age?
    var custom: [Custom]?

    enum CodingKeys: String, CodingKey {
        case traceParent = "trace-parent"
        case key = "idempotency-key"
        case atLeast = "at-least"
        case maxStaleness = "max-staleness"
        case token, age, custom
    }

    init(_ metadata: Metadata) {
        traceParent = metadata.traceParent
        key = metadata.idempotencyKey.map { Hex(bytes: $0.bytes) }
        atLeast = metadata.atLeast.map(Token.init)
        maxStaleness = metadata.maxStalenessMilliseconds
        token = metadata.token.map(Token.init)
        age = metadata.ageMilliseconds.map { $0 == .max ? .unknown : .milliseconds($0) }
        custom = metadata.custom.isEmpty ? nil : metadata.custom.map(Custom.init)
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        traceParent = try fields.decodeIfPresent(String.self, forKey: .traceParent)
        key = try fields.decodeIfPresent(Hex.self, forKey: .key)
        atLeast = try fields.decodeIfPresent(Token.self, forKey: .atLeast)
        maxStaleness = try fields.decodeIfPresent(UInt32.self, forKey: .maxStaleness)
        token = try fields.decodeIfPresent(Token.self, forKey: .token)
        age = fields.contains(.age) ? try fields.decode(Age.self, forKey: .age) : nil
        custom = try fields.decodeIfPresent([Custom].self, forKey: .custom)
    }
}

extension Fields.Token {
    fileprivate init(_ token: ConsistencyToken) {
        self.init(epoch: "\(token.epoch)", position: "\(token.position)")
    }
}

extension Fields.Custom {
    fileprivate init(_ entry: CustomEntry) {
        switch entry.value {
        case .text(let text):
            self.init(name: .init(entry.name), text: .init(text), binary: nil)
        case .binary(let bytes):
            self.init(name: .init(entry.name), text: nil, binary: Hex(bytes: bytes))
        }
    }
}

@Test func `metadata is what the vectors say`() throws {
    let file = try File.load("metadata")
    for vector in file.vectors where vector.setup.on == nil {
        var payload = vector.input.buffer
        do throws(ProtocolViolation) {
            let metadata = try Metadata(
                readingFrom: &payload, byteCountMax: vector.setup.maxBytes)
            #expect(vector.violation == nil, "\(vector.id)")
            #expect((metadata.malformed == nil) == (vector.result == .valid), "\(vector.id)")
            #expect(metadata.malformed?.rawValue == vector.expected?.tag, "\(vector.id)")
            guard vector.result == .valid else { continue }
            #expect(Fields(metadata) == vector.expected?.metadata, "\(vector.id)")
            #expect(Hex(payload) == vector.expected?.body, "\(vector.id)")
        } catch {
            #expect(error.finding == vector.violation, "\(vector.id)")
        }
    }
    #expect(file.vectors.count == file.count && file.count > 80)
}

@Test func `what was read of metadata is written as it was`() throws {
    for vector in try File.load("metadata").vectors where vector.result == .valid {
        var payload = vector.input.buffer
        let metadata = try Metadata(readingFrom: &payload, byteCountMax: vector.setup.maxBytes)
        var written = ByteBuffer()
        metadata.write(to: &written)
        let again = try Metadata(readingFrom: &written, byteCountMax: vector.setup.maxBytes)
        #expect(again == metadata, "\(vector.id)")
    }
}

@Test func `metadata of answers is what the vectors say`() throws {
    let vectors = try File.load("metadata").vectors.filter { $0.setup.on == "answer" }
    for vector in vectors {
        let client = EmbeddedClient(welcome: .withOneMethod)
        let call = client.call(method: 0)
        client.receive(
            Frame(
                type: .response, flags: .metadata, stream: 1, payload: vector.input.buffer))
        #expect(client.violation?.code.rawValue == vector.violation?.code, "\(vector.id)")
        guard vector.result == .valid else { continue }
        guard case .success(let success)? = call.result else {
            Issue.record("\(vector.id): \(String(describing: call.result))")
            continue
        }
        #expect(success.token.map(Fields.Token.init) == vector.expected?.metadata?.token)
        #expect(success.custom.map(Fields.Custom.init) == vector.expected?.metadata?.custom)
        #expect(Hex(success.body) == vector.expected?.body, "\(vector.id)")
    }
    #expect(vectors.count >= 6)
}
