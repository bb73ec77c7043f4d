import Foundation
import NIOCore
import SwiftProtobuf
import TandemCore
import Testing
import Wire
import WireMessages

@testable import Transport

// The requests and answers of the test service's methods are FeedBatches; what it echoes shows what
// came to it.

private func text(_ frame: Frame) -> String {
    var body = frame.payload
    if frame.flags.contains(.metadata), let length = body.readInteger(as: UInt16.self) {
        body.moveReaderIndex(forwardBy: Int(length))
    }
    return String(buffer: body)
}

private func request(_ method: TestService.Method, stream: UInt32, _ json: String) -> ByteBuffer {
    WireBytes.request(method, stream: stream, body: ByteBuffer(string: json))
}

private func details(_ frame: Frame) throws -> ErrorDetails {
    #expect(frame.type == .error)
    #expect(text(frame).hasPrefix("{"))
    return try ErrorDetails(jsonString: text(frame))
}

@Suite struct JSONBodiesTests {
    let server: EmbeddedServer

    init() throws {
        server = try .welcomed(features: [Feature.json])
    }

    @Test func `a request in JSON comes to its service as protobuf, and its answer leaves as JSON`()
        throws
    {
        let answers = try server.send(
            request(.echo, stream: 1, #"{ "headPosition": "7", "events": [{"type": "x"}] }"#))
        #expect(answers.map(\.type) == [.response])
        #expect(
            answers.map(text) == [#"{"events":[{"type":"x"}],"headPosition":"7"}"#])
        #expect(answers.map(\.stream) == [1])
    }

    @Test(arguments: ["", "{}"])
    func `a body of nothing stands for an empty object`(body: String) throws {
        #expect(try server.send(request(.echo, stream: 1, body)).map(text) == ["{}"])
    }

    @Test(arguments: [
        (#"{"none": 1}"#, "no field none"), (#"{"headPosition": "x"}"#, "number"),
        ("{", "truncated"), ("[]", "FeedBatch"), (#"{"headPosition": -1}"#, "number"),
    ])
    func `what isn't the message's JSON is refused, and says why`(
        body: String, word: String
    ) throws {
        let error = try details(#require(server.send(request(.echo, stream: 1, body)).first))
        #expect(error.info.reason == "MALFORMED_REQUEST")
        #expect(error.info.domain == "tandem")
        #expect(error.message.contains(word), "\(error.message)")
        #expect(try server.send(request(.echo, stream: 2, "{}")).map(text) == ["{}"])
    }

    @Test func `JSON of too many elements, or that is nested too deeply, is refused`() throws {
        let many = #"{"events":["# + Array(repeating: "{}", count: 20_000).joined(separator: ",")
            + "]}"
        let error = try details(#require(server.send(request(.echo, stream: 1, many)).first))
        #expect(error.info.reason == "REQUEST_TOO_COMPLEX")
        let deep = String(repeating: #"{"events":["#, count: 5_000)
        let other = try details(#require(server.send(request(.echo, stream: 2, deep)).first))
        #expect(other.info.reason == "MALFORMED_REQUEST")
    }

    @Test func `an answer that is given later is JSON, too`() throws {
        #expect(try server.send(request(.hold, stream: 1, "{}")).isEmpty)
        server.service.probe.releaseAll()
        #expect(try server.frames().map(text) == ["{}"])
    }

    @Test func `the end of a page is JSON`() throws {
        let answers = try server.send(request(.page, stream: 1, "{}"))
        #expect(answers.map(\.type) == [.end])
        #expect(answers.map(text) == ["{}"])
    }

    @Test func `an answer that has no JSON is an error instead, on its stream alone`() throws {
        // An item of the feed is no message.
        let answers = try server.send(
            WireBytes.joined([request(.feed, stream: 1, "{}"), request(.echo, stream: 2, "{}")]))
        let error = try details(#require(answers.first { $0.stream == 1 }))
        #expect(error.info.reason == "ANSWER_NOT_JSON")
        #expect(answers.filter { $0.stream == 2 }.map(text) == ["{}"])
        #expect(answers.count == 2)
    }

    @Test func `errors, WELCOME and GOAWAY are JSON`() throws {
        let server = try EmbeddedServer()
        let opened = try server.send(WireBytes.opening(features: [Feature.json, Feature.zlib]))
        let welcome = try Welcome(jsonString: text(#require(opened.first)))
        #expect(welcome.features == [Feature.json], "documents aren't sent as they are stored")
        #expect(welcome.methods.count == TestService.names.count)
        let error = try details(
            #require(server.send(WireBytes.frame(.request, a: 99, stream: 1)).first))
        #expect(error.info.reason == "UNKNOWN_METHOD")
        let ended = try server.send(WireBytes.frame(.request, a: 0, stream: 1))
        #expect(ended.last?.type == .goAway)
        #expect(try GoAway(jsonString: text(#require(ended.last))).message.isEmpty == false)
    }

    @Test func `what is put in an answer's place is JSON, too`() throws {
        let server = try EmbeddedServer.welcomed(maxFrame: 1, features: [Feature.json])
        let name = String(repeating: "x", count: 17 << 10)
        let large = request(.echo, stream: 1, #"{"events":[{"type":"\#(name)"}]}"#)
        let error = try details(#require(server.send(large).first))
        #expect(error.info.reason == "ANSWER_TOO_LARGE")
        _ = try server.send(request(.hold, stream: 2, "{}"))
        let cancelled = try details(
            #require(server.send(WireBytes.frame(.cancel, stream: 2)).first))
        #expect(cancelled.info.reason == "CANCELLED")
    }

    @Test func `HELLO may be JSON itself`() throws {
        let server = try EmbeddedServer()
        var bytes = ByteBuffer()
        Preface(role: .query).write(to: &bytes)
        let hello = #"{"features":["json"],"methods":["test/echo"],"client":"x","later":true}"#
        bytes.writeFrame(.hello, body: ByteBuffer(string: hello))
        bytes.writeImmutableBuffer(request(.echo, stream: 1, #"{"headPosition":"5"}"#))
        let answers = try server.send(bytes)
        #expect(answers.map(\.type) == [.welcome, .response])
        #expect(answers.last.map(text) == #"{"headPosition":"5"}"#)
    }

    @Test func `without the feature nothing is JSON`() throws {
        let server = try EmbeddedServer.welcomed()
        let answers = try server.send(request(.echo, stream: 1, "{}"))
        #expect(answers.map(text) == ["{}"], "the echo of two bytes")
        #expect(answers.first?.type == .response)
    }
}
