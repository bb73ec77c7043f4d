import Foundation
import SwiftProtobuf
package import TandemCore
package import WriteStore

/// Many commands of one method in one request.
///
/// The request is cut into its parts as it came, and each part is decoded when its turn comes: one
/// request of 1,000 orders, decoded at once, would hold up its event loop for milliseconds.
package struct CommandBatch: Sendable {
    /// The full name of the method that each part is a call of.
    package let partMethod: String
    /// How many parts a batch can be made for: with three fields each they stay within
    /// what is looked at, ``BatchFields/countMax``.
    static let countMax = 1...8_192
    /// Cuts a request; a rejection if it isn't one, or has too few or too many parts. Pure.
    package let parts: @Sendable ([UInt8]) throws(Rejection) -> [CommandPart]
    /// The reply that says what became of the parts, in their order.
    package let reply: @Sendable ([CommandOutcome]) throws -> [UInt8]

    init<Request: BatchRequest, Reply: BatchReply>(
        _ method: Command<Request, Reply>, of part: String, countMax: Int
    ) {
        partMethod = part
        let fields = BatchFields(of: Request.self)
        parts = { (bytes) throws(Rejection) in
            let parts: [CommandPart]
            do throws(MessageFields.Fault) { parts = try fields.parts(of: bytes[...]) } catch {
                switch error {
                case .malformed:
                    throw MalformedMessage(messageName: Request.protoMessageName).rejection
                case .tooManyFields: throw .tooManyFields
                }
            }
            guard !parts.isEmpty else {
                throw .invalid("parts", "a batch has a part at least", reason: "NO_PARTS")
            }
            guard parts.count <= countMax else {
                throw .invalid(
                    "parts", "a batch has \(countMax) parts at most, not \(parts.count)",
                    reason: "TOO_MANY_PARTS")
            }
            for (index, part) in parts.enumerated() where ![0, 16].contains(part.key.count) {
                throw .invalid(
                    "parts[\(index)].idempotency_key",
                    "a key has 16 bytes, and that of part \(index) has \(part.key.count)",
                    reason: "INVALID_KEY")
            }
            return parts
        }
        reply = { outcomes in
            var reply = Reply()
            reply.outcomes = try outcomes.map { try .init($0) }
            return try reply.serializedBytes()
        }
    }
}

/// One command of a batch, as it came.
package struct CommandPart: Sendable {
    /// Serialized.
    package fileprivate(set) var request: ArraySlice<UInt8> = []
    fileprivate var key: ArraySlice<UInt8> = []

    /// The key that it states for itself.
    package var ownKey: IdempotencyKey? { IdempotencyKey(bytes: key) }
}

/// Where a batch's request has what.
private struct BatchFields {
    private var parts: UInt64 = 0
    private var request: UInt64 = 0
    private var key: UInt64 = 0

    /// Found by looking at what the generated code makes of a batch: only the key has content.
    init<Request: BatchRequest>(of type: Request.Type) {
        var part = Request.Part()
        part.request = .init()
        part.idempotencyKey = Data(repeating: 1, count: IdempotencyKey.byteCount)
        var batch = Request()
        batch.parts = [part]
        do {
            let bytes: [UInt8] = try batch.serializedBytes()
            var outer = MessageFields(bytes[...])
            while let (number, content) = try outer.next() {
                parts = number
                var inner = MessageFields(content)
                while let (number, content) = try inner.next() {
                    if content.isEmpty { request = number } else { key = number }
                }
            }
        } catch {
            preconditionFailure("a batch of one empty part can't be serialized: \(error)")
        }
    }

    /// Of the parts and in them, their requests' own not counted: those have a bound each.
    fileprivate static let countMax = 32_768

    func parts(of bytes: ArraySlice<UInt8>) throws(MessageFields.Fault) -> [CommandPart] {
        var found: [CommandPart] = []
        var fieldsLeft = Self.countMax
        var fields = MessageFields(bytes, fieldCountMax: fieldsLeft)
        while let (number, content) = try fields.next() {
            if number == parts { found.append(try part(content, &fieldsLeft)) }
        }
        return found
    }

    private func part(
        _ bytes: ArraySlice<UInt8>, _ fieldsLeft: inout Int
    ) throws(MessageFields.Fault) -> CommandPart {
        var part = CommandPart()
        var fields = MessageFields(bytes, fieldCountMax: fieldsLeft)
        while let (number, content) = try fields.next() {
            if number == request {
                // As protobuf has it: a message that stands twice is both together.
                if part.request.isEmpty {
                    part.request = content
                } else {
                    part.request.append(contentsOf: content)
                }
            }
            if number == key { part.key = content }
        }
        fieldsLeft = fields.fieldsLeft
        return part
    }
}

extension Rejection {
    fileprivate static var tooManyFields: Rejection {
        Rejection(
            .resourceExhausted, reason: "REQUEST_TOO_COMPLEX",
            message: """
                a batch's parts have more than \(BatchFields.countMax) fields beside those of \
                their requests
                """,
            metadata: ["max": "\(BatchFields.countMax)"])
    }
}

extension BatchOutcome {
    fileprivate init(_ outcome: CommandOutcome) throws {
        self.init()
        isReplay = outcome.isReplay
        switch outcome.result {
        case .success(let bytes):
            reply = try Reply(serializedBytes: bytes)
        case .failure(let rejection):
            error.code = UInt32(rejection.code.rawValue)
            error.reason = rejection.reason
            error.message = rejection.message
            error.metadata = rejection.metadata
            error.notProcessed = outcome.isNotProcessed
            error.retryAfterMs = outcome.retryAfterMilliseconds ?? 0
        }
    }
}
