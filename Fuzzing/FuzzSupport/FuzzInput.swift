package import NIOCore

/// What libFuzzer made up, taken from the front. Where it has run out, zeros come.
package struct FuzzInput {
    package private(set) var rest: ByteBuffer

    /// Copies `count` bytes at `start`, which has none if it is `nil`.
    package init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        unsafe rest = ByteBuffer(bytes: UnsafeBufferPointer(start: start, count: count))
    }

    package var isEmpty: Bool { rest.readableBytes == 0 }

    package mutating func number<Integer: FixedWidthInteger>(as: Integer.Type) -> Integer {
        rest.readInteger() ?? 0
    }

    package mutating func byte() -> UInt8 { number(as: UInt8.self) }

    /// A number below `limit`, from two bytes.
    package mutating func index(below limit: Int) -> Int {
        limit > 0 ? Int(number(as: UInt16.self)) % limit : 0
    }

    /// At most `count` bytes.
    package mutating func bytes(_ count: Int) -> ByteBuffer {
        rest.readSlice(length: min(count, rest.readableBytes)) ?? ByteBuffer()
    }

    package mutating func element<Element>(of choices: [Element]) -> Element {
        choices[Int(byte()) % choices.count]
    }
}
