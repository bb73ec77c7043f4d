import Compression
import ConnectionState
import Foundation
import NIOCore
import TandemCore
import Wire
import WireMessages

extension ClientChannelHandler {
    /// Handles one frame; false when there is none, or when the connection has ended.
    func handleNext(of bytes: inout ByteBuffer) -> Bool {
        guard !isEnded else { return false }
        do throws(ProtocolViolation) {
            switch try decoder.next(from: &bytes) {
            case .incomplete:
                return false
            case .frame(let frame):
                try handle(frame)
            case .skipped(let type):
                guard !state.isAwaitingWelcome else { throw .unknownFrameType(type) }
                try nuisances.spend(now: lastReceived, limits: limits)
            }
            return true
        } catch {
            end(for: error)
            return false
        }
    }

    private func handle(_ frame: Frame) throws(ProtocolViolation) {
        guard !state.isAwaitingWelcome || frame.type == .welcome || frame.type == .goAway else {
            throw .unexpectedFrame(frame.type)
        }
        switch frame.type {
        case .item, .response, .end, .error:
            try handleAnswer(frame)
        case .welcome:
            try handleWelcome(frame)
        case .ping:
            try frame.checkPing()
            // Answers pile up if the server doesn't read them, so they are counted here too.
            try nuisances.spend(now: lastReceived, limits: limits)
            outgoing.writeFrame(.pong, body: frame.payload)
        case .pong:
            try frame.checkPing()
            try nuisances.spend(now: lastReceived, limits: limits)
        case .goAway:
            try handleGoAway(frame)
        case .hello, .request, .cancel, .credit:
            throw .unexpectedFrame(frame.type)
        }
    }

    private func handleWelcome(_ frame: Frame) throws(ProtocolViolation) {
        let welcome = try Welcome(body: frame.payload, of: .welcome)
        switch state.receive(welcome) {
        case .close(let violation):
            throw violation
        case .opened:
            try welcome.check(against: hello)
            decoder.lengthMax = max(configuration.frameInLengthMax, Agreement.frameLengthFloor)
            if welcome.features.contains(Feature.zlib) {
                dictionaries = try welcome.loadedDictionaries(named: namedDictionaries)
                configuration.heldDictionaries?.replace(with: dictionaries)
                agreesZlib = true
            }
            if welcome.features.contains(Feature.checksums) {
                trailerByteCount = FrameTrailer.byteCount
                decoder.checksums = .required
            }
            // Trailers are not what calls are measured by.
            frameOutLengthMax = max(0, Int(welcome.frameLengthMax) - trailerByteCount)
            metadataByteCountMax = welcome.metadataByteCountMax
            if let frame = grease?.frame {
                outgoing.writeIgnorableFrame(type: frame.type, body: frame.body)
            }
            welcomed.succeed(welcome)
        }
    }

    private func handleGoAway(_ frame: Frame) throws(ProtocolViolation) {
        // A soft one may be followed by others, each as long as a frame.
        try nuisances.spend(now: lastReceived, limits: limits)
        let goAway = try GoAway(body: frame.payload, of: .goAway)
        switch state.receiveGoAway(isHard: frame.flags.contains(.hard)) {
        case .finish:
            // Its last stream says nothing yet: what is on its way there is still served.
            closeIfDone()
        case .end:
            isEnded = true
            ending = .goAway(code: frame.a, message: goAway.message, lastStream: frame.stream)
            leave()
            failEverything()
            context?.close(promise: nil)
        }
    }

    private func handleAnswer(_ frame: Frame) throws(ProtocolViolation) {
        var body = frame.payload
        var metadata = Metadata()
        if frame.flags.contains(.metadata) {
            metadata = try Metadata(readingFrom: &body, byteCountMax: Int(UInt16.max))
        }
        if let tag = metadata.malformed { throw .malformedMetadata(tag) }
        switch state.receive(answer: frame.type, stream: frame.stream) {
        case .close(let violation):
            throw violation
        case .drop:
            break
        case .item(let place):
            let item = try decode(body, of: frame)
            guard let call = calls[place] else { break }
            received(frame, on: call)
            call.sink?.receive(.item(item))
        case .finish(let place):
            let result = try self.result(of: frame, body: body, metadata: metadata)
            hasAnswered = true
            calls.remove(at: place)?.finish(result)
        }
        closeIfDone()
    }

    /// Counts an item's bytes against the window.
    private func received(_ frame: Frame, on call: ClientCall) {
        let byteCount = frame.length + 4 + trailerByteCount
        if call.call.grantsCreditItself {
            call.unsettled.append(byteCount)
        } else {
            settle(byteCount, of: call)
        }
    }

    private func result(
        of frame: Frame, body: ByteBuffer, metadata: Metadata
    ) throws(ProtocolViolation) -> CallResult {
        guard frame.type == .error else {
            // END has no encoding, and nobody else may find out that it isn't what it should be.
            if frame.type == .end { _ = try StreamEnd(body: body, of: .end) }
            return .success(
                CallSuccess(
                    body: frame.type == .end
                        ? ByteBuffer(buffer: body) : try decode(body, of: frame),
                    token: metadata.token,
                    isReplay: frame.type == .response && frame.flags.contains(.replayed),
                    ageMilliseconds: metadata.ageMilliseconds, custom: metadata.custom))
        }
        let details = try ErrorDetails(body: body, of: .error)
        let retryAfter: CallFailure.RetryAfter =
            switch frame.b {
            case 0: .unspecified
            case retryNever: .never
            default: .after(milliseconds: frame.b)
            }
        return .failure(
            CallFailure(
                Self.failureCode(frame.a), reason: details.info.reason,
                message: details.message, metadata: details.info.metadata,
                isNotProcessed: frame.flags.contains(.notProcessed), retryAfter: retryAfter,
                token: metadata.token,
                isReplay: frame.flags.contains(.replayedError)))
    }

    /// An ERROR that says OK is a failure nevertheless.
    private static func failureCode(_ number: UInt16) -> StatusCode {
        guard let code = StatusCode(rawValue: number), code != .ok else { return .unknown }
        return code
    }

    /// The body as the application knows it.
    private func decode(
        _ body: ByteBuffer, of frame: Frame
    ) throws(ProtocolViolation) -> ByteBuffer {
        if frame.a == EncodingID.identity { return ByteBuffer(buffer: body) }
        guard agreesZlib else { throw .badEncoding(id: frame.a) }
        var dictionary: CompressionDictionary?
        if frame.a >= EncodingID.firstDictionary {
            let index = Int(frame.a - EncodingID.firstDictionary)
            guard index < dictionaries.count else { throw .badEncoding(id: frame.a) }
            dictionary = dictionaries[index]
        }
        // The raw length is a promise too: it is held to what the client accepts in a frame.
        guard frame.b <= configuration.bodyByteCountMax else {
            throw .bodyTooLong(
                byteCount: frame.b, byteCountMax: configuration.bodyByteCountMax)
        }
        guard let raw = inflate(body, rawByteCount: Int(frame.b), dictionary) else {
            throw .badBody(stream: frame.stream)
        }
        return raw
    }

    /// `nil` if the body isn't what it should be.
    private func inflate(
        _ body: ByteBuffer, rawByteCount: Int, _ dictionary: CompressionDictionary?
    ) -> ByteBuffer? {
        // Before any memory is taken for a promise.
        guard DocumentInflater.canHold(
            rawByteCount: rawByteCount, inByteCount: body.readableBytes)
        else { return nil }
        var raw = ByteBuffer()
        do throws(InflateError) {
            try unsafe raw.writeWithUnsafeMutableBytes(minimumWritableBytes: rawByteCount) {
                room throws(InflateError) in
                try unsafe body.withUnsafeReadableBytes { bytes throws(InflateError) in
                    try unsafe inflater.inflate(
                        bytes, into: UnsafeMutableRawBufferPointer(rebasing: room[..<rawByteCount]),
                        dictionary: dictionary)
                }
                return rawByteCount
            }
            return raw
        } catch {
            return nil
        }
    }
}
