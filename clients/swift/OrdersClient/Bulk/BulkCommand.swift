package import NIOCore
import OrdersMessages
import SwiftProtobuf
public import TandemClient
public import TandemCore

/// One of very many commands, encoded and under its key.
public struct BulkCommand: Sendable {
    /// Its number on a connection.
    package let method: Int
    package let body: ByteBuffer
    package private(set) var key: IdempotencyKey
    /// The sender's own mark, given back with the result.
    public let tag: UInt64

    private init<Request: Message>(
        _ method: Command<Request, some Message>, _ request: Request, tag: UInt64,
        key: (_ body: [UInt8]) -> IdempotencyKey
    ) throws(TandemError) {
        self.method = try BulkSender.methods.number(of: method.name, on: .command)
        let body = try request.requestBytes()
        self.body = ByteBuffer(bytes: body)
        self.key = key(body)
        self.tag = tag
    }

    /// The same command under another key: to the server, a command it has not seen.
    public func under(_ key: IdempotencyKey) -> BulkCommand {
        var command = self
        command.key = key
        return command
    }

    /// - Parameter key: Makes the command's key from its encoded content. The same content must
    ///   give the same key for a repeated run to change nothing.
    public static func registerUser(
        _ user: NewUser, tag: UInt64, key: (_ body: [UInt8]) -> IdempotencyKey
    ) throws(TandemError) -> BulkCommand {
        try BulkCommand(Orders.registerUser, user.message, tag: tag, key: key)
    }

    /// - Parameter key: As for ``registerUser(_:tag:key:)``.
    public static func addProduct(
        _ product: NewProduct, tag: UInt64, key: (_ body: [UInt8]) -> IdempotencyKey
    ) throws(TandemError) -> BulkCommand {
        try BulkCommand(Orders.addProduct, product.message, tag: tag, key: key)
    }

    /// - Parameter key: As for ``registerUser(_:tag:key:)``.
    public static func placeOrder(
        _ order: NewOrder, tag: UInt64, key: (_ body: [UInt8]) -> IdempotencyKey
    ) throws(TandemError) -> BulkCommand {
        try BulkCommand(Orders.placeOrder, order.message, tag: tag, key: key)
    }
}
