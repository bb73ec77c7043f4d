import NIOCore
import Transport
import Wire
import WireMessages

/// What a server has sent, and what must hold of it whatever it was sent.
struct Answers {
    private(set) var frames: [Frame] = []
    private(set) var isWelcomed = false
    private(set) var isOver = false
    /// A line for somebody who speaks a text protocol.
    var isText = false
    private(set) var finished: Set<UInt32> = []
    private(set) var byStream: [UInt32: [Frame]] = [:]
    private(set) var itemByteCounts: [UInt32: Int] = [:]

    mutating func take(_ frame: Frame) {
        require(!isOver, "nothing is sent behind a hard GOAWAY")
        if !isWelcomed {
            require(frame.type == .welcome || frame.type == .goAway, "WELCOME comes first")
        }
        frames.append(frame)
        switch frame.type {
        case .welcome:
            require(!isWelcomed, "WELCOME comes once")
            isWelcomed = true
        case .goAway:
            isOver = frame.flags.contains(.hard)
        case .item:
            require(!finished.contains(frame.stream), "no ITEM behind the final frame")
            itemByteCounts[frame.stream, default: 0] += frame.length + 4
        case .response, .end, .error:
            require(finished.insert(frame.stream).inserted, "one final frame for a call")
            require(frame.length <= 16_384 || !isWelcomed, "the client's max_frame holds")
        case .ping, .pong:
            require(frame.stream == 0 && frame.payloadByteCount == 8, "a PING has its shape")
        case .hello, .request, .cancel, .credit:
            require(false, "only a server's frames are sent")
        }
        if !Self.tellsOfTheMoment(frame) { byStream[frame.stream, default: []].append(frame) }
    }

    /// A PING tells the time, and Status what memory is held, which goes by how the bytes came.
    private static func tellsOfTheMoment(_ frame: Frame) -> Bool {
        switch frame.type {
        case .ping:
            return true
        case .response:
            // Another method's reply is hardly ever one of these by chance.
            guard frame.payload.readableBytesView.first != UInt8(ascii: "{") else {
                return String(buffer: frame.payload).contains("\"memory\":")
            }
            let status = try? Tandem_Meta_V1_StatusReply(requestBody: frame.payload)
            return status?.hasMemory == true
        default:
            return false
        }
    }
}
