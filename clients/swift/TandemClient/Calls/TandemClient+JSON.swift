import Foundation
import NIOCore
import SwiftProtobuf
package import TandemCore
import Transport
import Wire
package import WireMessages

/// What a method answered in JSON.
package struct JSONAnswer: Sendable {
    /// A unary method's reply, or a page's items: a JSON text each.
    package let bodies: [String]
    /// Where the next page begins, as the request's `cursor` takes it; `nil` if there is none.
    package let nextCursor: String?
    package let token: ConsistencyToken?
    package let isReplay: Bool
}

// Calls by a method's name, for tools that know no domain's messages.
extension TandemClient {
    /// A client for one method of a port, in JSON.
    package convenience init(
        json method: String, on port: TandemPort, configuration: TandemConfiguration
    ) {
        let methods = CallMethods([port: [method]])
        self.init(
            methods, configuration: configuration,
            dialer: TransportDialer(configuration, methods, speaksJSON: true))
    }

    /// Calls the method that the client was made for.
    ///
    /// - Parameter key: a command's.
    package func callJSON(
        _ method: String, on port: TandemPort, isPage: Bool, _ request: String,
        key: IdempotencyKey?, options: CallOptions
    ) async throws(TandemError) -> JSONAnswer {
        let done = try await perform(
            Invocation(
                port: port, method: try engine.methods.number(of: method, on: port),
                kind: isPage ? .stream : .unary, isReadOnly: port == .query,
                body: ByteBuffer(string: request), key: key, options: options,
                timeout: options.timeout ?? configuration.timeout))
        let end = done.end.body
        guard isPage else {
            return JSONAnswer(
                bodies: [String(buffer: end)], nextCursor: nil, token: done.end.token,
                isReplay: done.end.isReplay)
        }
        let cursor: StreamEnd
        do throws(ProtocolViolation) { cursor = try StreamEnd(body: end, of: .end) } catch {
            throw .unreadableAnswer("the end of a page")
        }
        return JSONAnswer(
            bodies: done.items.map { String(buffer: $0) },
            nextCursor: cursor.nextCursor.isEmpty
                ? nil : cursor.nextCursor.base64EncodedString(),
            token: done.end.token, isReplay: false)
    }

    /// A client that asks both ports what they are.
    package convenience init(describing configuration: TandemConfiguration) {
        let methods = CallMethods([
            .command: [CallMethods.describe], .query: [CallMethods.describe],
        ])
        self.init(
            methods, configuration: configuration, dialer: TransportDialer(configuration, methods))
    }

    /// What a port answers to, with its protobuf files.
    package func describe(
        _ port: TandemPort
    ) async throws(TandemError) -> Tandem_Meta_V1_DescribeReply {
        let request = Tandem_Meta_V1_DescribeRequest.with { $0.withFiles = true }
        let done = try await engine.perform(
            Invocation(
                port: port, method: try engine.methods.number(of: CallMethods.describe, on: port),
                kind: .unary, isReadOnly: true, body: try request.requestBody(),
                timeout: configuration.timeout))
        return try done.end.body.message(Tandem_Meta_V1_DescribeReply.self, key: nil)
    }
}
