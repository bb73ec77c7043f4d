import Compression
import Foundation
import NIOCore
import Synchronization
import TandemCore
import Testing
import Wire
import WireMessages

@testable import Transport

@Test func `a WELCOME that takes more than one read opens the connection`() async throws {
    // Two dictionaries: more than the 64 KiB that one read brings.
    let dictionaries = (1...2).map { number in
        let bytes = [UInt8](repeating: UInt8(number), count: CompressionDictionary.byteCountMax)
        var dictionary = Tandem_Control_V1_Dictionary()
        dictionary.sha256 = Data(CompressionDictionary(bytes: bytes).sha256)
        dictionary.content = Data(bytes)
        return dictionary
    }
    try await ClientScript.run(dictionaries: dictionaries) { script in
        #expect(script.client.isOpen)
        async let call = script.echo()
        _ = try await script.server.next()
        script.server.send(WireBytes.frame(.response, stream: 1, body: ByteBuffer(string: "ok")))
        #expect(await call.body == "ok")
    }
}

@Test func `calls are repeated only where WELCOME says so`() async throws {
    let words: [(MethodInfo.Idempotency, RetryPolicy)] = [
        (.readOnly, .always), (.keyed, .withKey), (.unspecified, .never),
        (.UNRECOGNIZED(9), .never),
    ]
    for (word, rule) in words { #expect(RetryPolicy(word) == rule) }
    try await ClientScript.run { script in
        // It says nothing of its methods.
        #expect(script.client.retryPolicy(of: 0) == .never)
        #expect(script.client.retryPolicy(of: 99) == .never)
    }
}

@Test func `credit is granted for the items that were dealt with, not for all that came`()
    async throws
{
    try await ClientScript.run { script in
        let sink = ItemCounter()
        let id = script.client.start(
            OutboundCall(method: 2, body: ByteBuffer(), grantsCreditItself: true), sink: sink)
        let request = try #require(try await script.server.next())
        let item = ByteBuffer(repeating: 7, count: 100_000)
        for _ in 0..<8 {
            script.server.send(WireBytes.frame(.item, stream: request.stream, body: item))
        }
        await sink.wait(for: 8)
        // Two of eight: less than the quarter of the window that is worth a frame. Then a third.
        for _ in 0..<3 { script.client.grantCredit(id) }
        let credit = try #require(try await script.server.next())
        #expect(credit.type == .credit)
        #expect(credit.b == 3 * 100_016)
    }
}

/// Counts items, and lets a test wait for them.
private final class ItemCounter: CallSink {
    private let count = Atomic(0)
    private let changed = AsyncStream<Void>.makeStream()

    func receive(_ event: CallEvent) {
        guard case .item = event else { return }
        count.add(1, ordering: .sequentiallyConsistent)
        changed.continuation.yield()
    }

    func wait(for wanted: Int) async {
        for await _ in changed.stream {
            if count.load(ordering: .sequentiallyConsistent) >= wanted { return }
        }
    }
}
