import NIOCore

/// What libFuzzer made up, taken from the front. Where it has run out, zeros come.
struct FuzzInput {
    private(set) var rest: ByteBuffer

    /// Copies `count` bytes at `start`, which has none if it is `nil`.
    init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        unsafe rest = ByteBuffer(bytes: UnsafeBufferPointer(start: start, count: count))
    }

    var isEmpty: Bool { rest.readableBytes == 0 }

    mutating func number<Integer: FixedWidthInteger>(as: Integer.Type) -> Integer {
        rest.readInteger() ?? 0
    }

    mutating func byte() -> UInt8 { number(as: UInt8.self) }

    /// A number below `limit`, from two bytes.
    mutating func index(below limit: Int) -> Int {
        limit > 0 ? Int(number(as: UInt16.self)) % limit : 0
    }

    /// At most `count` bytes.
    mutating func bytes(_ count: Int) -> ByteBuffer {
        rest.readSlice(length: min(count, rest.readableBytes)) ?? ByteBuffer()
    }

    mutating func element<Element>(of choices: [Element]) -> Element {
        choices[Int(byte()) % choices.count]
    }
}
