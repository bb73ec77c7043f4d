import Budget
import Logging
import NIOCore
import NIOEmbedded
import Wire

@testable import Transport

/// A server connection without a socket: what goes in comes out before the call returns.
final class EmbeddedServer {
    let service = TestService()
    let memory: MemoryBudget
    let handler: ServerChannelHandler
    let channel: EmbeddedChannel
    private var received = ByteBuffer()
    private var decoder = FrameDecoder(lengthMax: FrameHeader.lengthCeiling)
    /// How many buffers the server has written.
    private(set) var writeCount = 0

    init(limits: WireLimits = WireLimits(), memory: MemoryBudget = .ample) throws {
        self.memory = memory
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        handler = ServerChannelHandler(
            shared: ServerShared(
                service: service, limits: limits, logger: logger, endpoints: [:], memory: memory))
        channel = EmbeddedChannel(handler: handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    /// A connection past its handshake.
    static func welcomed(
        window: UInt32 = 0, maxFrame: UInt32 = 0, features: [String] = [],
        limits: WireLimits = WireLimits(), memory: MemoryBudget = .ample
    ) throws -> EmbeddedServer {
        let server = try EmbeddedServer(limits: limits, memory: memory)
        _ = try server.send(
            WireBytes.opening(window: window, maxFrame: maxFrame, features: features))
        if features.contains(Feature.checksums) { server.decoder.checksums = .required }
        server.writeCount = 0
        return server
    }

    /// Sends bytes as one segment; the frames that were answered.
    func send(_ bytes: ByteBuffer) throws -> [Frame] {
        try channel.writeInbound(bytes)
        return try frames()
    }

    func send(_ parts: ByteBuffer...) throws -> [Frame] {
        try send(WireBytes.joined(parts))
    }

    /// As ``send(_:)``, with the checksums that were agreed.
    func send(sealed bytes: ByteBuffer) throws -> [Frame] {
        try send(bytes.sealed())
    }

    /// What was written since the last time.
    func frames() throws -> [Frame] {
        channel.embeddedEventLoop.run()
        while handler.isYielding {
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        }
        while var bytes = try channel.readOutbound(as: ByteBuffer.self) {
            writeCount += 1
            received.writeBuffer(&bytes)
        }
        var frames: [Frame] = []
        while case .frame(let frame) = try decoder.next(from: &received) { frames.append(frame) }
        return frames
    }

    /// Text, if that is what the server answers.
    func text() throws -> String {
        while var bytes = try channel.readOutbound(as: ByteBuffer.self) {
            received.writeBuffer(&bytes)
        }
        return String(buffer: received)
    }

    func setWritable(_ isWritable: Bool) throws -> [Frame] {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
        return try frames()
    }

    /// Lets time pass for timers.
    func advance(_ time: TimeAmount) throws -> [Frame] {
        channel.embeddedEventLoop.advanceTime(by: time)
        return try frames()
    }
}
