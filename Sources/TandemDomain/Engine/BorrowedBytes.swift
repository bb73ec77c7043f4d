package import SwiftProtobuf

/// Bytes that somebody else owns, in the shape that SwiftProtobuf decodes from, so that a message
/// is read where the network put it.
///
/// Valid only as long as the buffer that it was made of: never kept, never returned.
@safe package struct BorrowedBytes {
    private let buffer: UnsafeRawBufferPointer

    package init(_ buffer: UnsafeRawBufferPointer) {
        unsafe self.buffer = buffer
    }
}

extension BorrowedBytes: SwiftProtobufContiguousBytes {
    /// Required by the protocol for encoding, which these are not for: empty, whatever is asked.
    package init(repeating: UInt8, count: Int) {
        unsafe self.init(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Required by the protocol for encoding, which these are not for: empty, whatever is asked.
    package init<Bytes: Sequence>(_ sequence: Bytes) where Bytes.Element == UInt8 {
        unsafe self.init(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    package var count: Int { unsafe buffer.count }

    package func withUnsafeBytes<Value>(
        _ body: (UnsafeRawBufferPointer) throws -> Value
    ) rethrows -> Value {
        unsafe try body(buffer)
    }

    /// Does nothing: nobody may write into borrowed bytes.
    package mutating func withUnsafeMutableBytes<Value>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Value
    ) rethrows -> Value {
        unsafe try body(UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }
}

extension Message {
    /// The message in `bytes`; a rejection if they aren't one. Fields that it doesn't know are
    /// dropped, or they would take memory, and find their way into the log.
    package init(borrowing bytes: UnsafeRawBufferPointer) throws(MalformedMessage) {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        do {
            try unsafe self.init(serializedBytes: BorrowedBytes(bytes), options: options)
        } catch {
            throw MalformedMessage(messageName: Self.protoMessageName)
        }
    }
}

/// Bytes that aren't the message that they should be: cut short, badly encoded, or nested too
/// deeply (SwiftProtobuf's limit of 100).
package struct MalformedMessage: Error, Hashable, Sendable {
    package let messageName: String
}
