package import NIOCore
import SwiftProtobuf
package import TandemCore
package import Wire
import WireMessages

/// Writes answers into a connection's outgoing buffer.
///
/// No allocation beyond the buffer's own growth: the documents of a page and the answers of a
/// whole batch of requests stand in one buffer.
package struct ReplyWriter {
    package var buffer: ByteBuffer
    /// The service's package: whose word the reasons are that aren't Tandem's.
    package let errorDomain: String
    /// Whether ends and errors are written in JSON. Responses and items are rewritten by
    /// ``JSONBodies``, which knows their messages.
    var speaksJSON = false
    /// A page that is longer will be refused, since nothing longer can wait for credit now: who
    /// writes one needs not go on behind it.
    package internal(set) var pageByteCountMax = Int.max

    package init(buffer: ByteBuffer, errorDomain: String) {
        self.buffer = buffer
        self.errorDomain = errorDomain
    }

    /// A RESPONSE whose body the caller writes to ``buffer`` next, exactly `bodyByteCount` bytes.
    package mutating func beginResponse(
        _ stream: UInt32, encoding: UInt16 = EncodingID.identity, rawByteCount: UInt32 = 0,
        metadata: Metadata?, isReplay: Bool = false, bodyByteCount: Int
    ) {
        buffer.writeFrameHead(
            .response, flags: isReplay ? .replayed : [], a: encoding, stream: stream,
            b: rawByteCount, metadata: metadata, bodyByteCount: bodyByteCount)
    }

    /// A RESPONSE of a body in some encoding, with metadata that was encoded before.
    @unsafe package mutating func response(
        _ stream: UInt32, encoding: UInt16, rawByteCount: UInt32, metadataBlock: ByteBuffer,
        body: UnsafeRawBufferPointer
    ) {
        unsafe buffer.writeFrame(
            .response, a: encoding, stream: stream, b: rawByteCount, metadataBlock: metadataBlock,
            body: body)
    }

    /// An ITEM of a body in some encoding.
    @unsafe package mutating func item(
        _ stream: UInt32, encoding: UInt16, rawByteCount: UInt32, body: UnsafeRawBufferPointer
    ) {
        unsafe buffer.writeFrame(
            .item, a: encoding, stream: stream, b: rawByteCount, metadataBlock: ByteBuffer(),
            body: body)
    }

    /// An ITEM whose body the caller writes to ``buffer`` next, exactly `bodyByteCount` bytes.
    package mutating func beginItem(
        _ stream: UInt32, encoding: UInt16 = EncodingID.identity, rawByteCount: UInt32 = 0,
        bodyByteCount: Int
    ) {
        buffer.writeFrameHead(
            .item, a: encoding, stream: stream, b: rawByteCount, bodyByteCount: bodyByteCount)
    }

    package mutating func response(
        _ stream: UInt32, body: some Collection<UInt8>, metadata: Metadata?, isReplay: Bool = false
    ) {
        beginResponse(
            stream, metadata: metadata, isReplay: isReplay, bodyByteCount: body.count)
        buffer.writeBytes(body)
    }

    package mutating func end(_ stream: UInt32, _ end: StreamEnd, metadata: Metadata?) {
        buffer.writeFrame(.end, stream: stream, metadata: metadata, body: body(of: end))
    }

    /// An ERROR.
    ///
    /// - Parameters:
    ///   - isNotProcessed: nothing was done, so anything may be retried.
    ///   - isReplay: this is the stored outcome of an earlier command with the same key.
    ///   - retryAfterMilliseconds: 0 says nothing, ``retryNever`` says never.
    package mutating func error(
        _ stream: UInt32, _ rejection: Rejection, isNotProcessed: Bool,
        isReplay: Bool = false, retryAfterMilliseconds: UInt32 = 0, metadata: Metadata? = nil
    ) {
        var flags: FrameFlags = isNotProcessed ? .notProcessed : []
        if isReplay { flags.insert(.replayedError) }
        let domain = TandemReason.domain(of: rejection.reason, service: errorDomain)
        let details = ErrorDetails(rejection, domain: domain)
        buffer.writeFrame(
            .error, flags: flags, a: rejection.code.rawValue, stream: stream,
            b: retryAfterMilliseconds, metadata: metadata, body: body(of: details))
    }

    private func body(of message: some Message) -> ByteBuffer {
        speaksJSON ? message.jsonBody() : message.body()
    }
}
