import ArgumentParser
import Foundation
import TandemClient
import WireMessages
import TandemCore

/// `tandem call`
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Call any method of a server, in JSON.",
        discussion: """
            `tandem describe METHOD` tells the fields of a request, and gives an example. The \
            JSON is protobuf's: 64-bit integers are strings, bytes are base64.

            A command's answer, or a document, is printed on a line; of a page, each item. A page \
            that isn't the last says how to go on: put that into the request's cursor.

            EXAMPLES
              tandem call GetOrder '{"orderId": "1"}'
              tandem call ListUserOrders '{"userId": "1", "pageSize": 5}'
              tandem call RenameUser '{"userId": "1", "name": "Ada"}' --key "$(tandem key)"
              tandem call PlaceOrders - < orders.json
            """)

    @Argument(help: "The method, in full or without what is before the last /.")
    var method: String
    @Argument(help: "The request in JSON; - reads it from standard input.")
    var request = "{}"
    @OptionGroup var key: KeyOptions
    @OptionGroup var reading: ReadOptions
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let request = request == "-" ? try Self.standardInput() : request
        let method = try await MethodDirectory.fetch(options).method(method)
        let isKeyed = method.description.idempotency == "keyed"
        guard isKeyed || key.key == nil else {
            throw UsageFailure("\(method.name) changes nothing, and takes no --key")
        }
        var generator = SystemRandomNumberGenerator()
        let key =
            isKeyed ? key.key?.key ?? .timeOrdered(at: .wallClock(), using: &generator) : nil
        let client = TandemClient(
            json: method.name, on: method.port, configuration: try options.configuration())
        do {
            let answer = try await client.callJSON(
                method.name, on: method.port, isPage: method.isPage, request, key: key,
                options: reading.callOptions)
            await client.close()
            try show(answer, of: method, key: key)
        } catch {
            await client.close()
            throw error
        }
    }

    /// No server takes more than a frame's 16 MiB.
    private static let requestByteCountMax = 16 << 20

    private static func standardInput() throws -> String {
        var bytes = Data()
        while let more = try FileHandle.standardInput.read(upToCount: 64 << 10), !more.isEmpty {
            bytes += more
            guard bytes.count <= requestByteCountMax else {
                throw UsageFailure("standard input has more than a request's 16 MiB")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw UsageFailure("standard input is not UTF-8, and so no JSON")
        }
        return text
    }

    private func show(
        _ answer: JSONAnswer, of method: ServedMethod, key: IdempotencyKey?
    ) throws {
        let bodies = answer.bodies.map { JSON.foreign($0) }
        if let key, let reply = bodies.first {
            return try options.showReceipt(
                Answer(
                    reply, token: answer.token, isReplay: answer.isReplay, age: nil, key: key),
                [JSON.Member(name: "reply", value: reply)], SafeText(oneLine: reply))
        }
        var members: [JSON.Member] = []
        if method.isPage {
            members = [
                JSON.Member(name: "items", value: .array(bodies)),
                JSON.Member(
                    name: "next_cursor", value: answer.nextCursor.map { .string($0) } ?? .null),
            ]
        } else if let reply = bodies.first {
            members = [JSON.Member(name: "reply", value: reply)]
        }
        let position = answer.token?.position.rawValue
        members.append(
            JSON.Member(name: "position", value: position.map { JSON($0) } ?? .null))
        var text = bodies.map { SafeText(line: $0) }.joined()
        if let cursor = answer.nextCursor { text += "more: \"cursor\": \"\(cursor)\"\n" }
        if let position { text += "position \(position)\n" }
        options.show(.object(members), text)
    }
}
