package import NIOCore

/// Counts what a protobuf message costs to decode, before anybody decodes it: its *elements*, which
/// are its fields, known or not, those of the messages and groups inside, and the numbers of lists
/// that stand in one field.
///
/// One element takes up to 100 ns and 100 bytes, and two bytes can be one: 1 MiB could hold an
/// event loop for a tenth of a second. Pure; allocates nothing; O(elements).
package struct MessageScan {
    private let shape: MessageShape
    private let elementCountMax: Int
    private var index = 0
    private var elementCount = 0

    /// As SwiftProtobuf allows messages and groups to be nested.
    private static let depthMax = 100

    private init(_ shape: MessageShape, elementCountMax: Int) {
        self.shape = shape
        self.elementCountMax = elementCountMax
    }

    /// How many elements a body has; `nil` if there are more than `elementCountMax`.
    ///
    /// Of a body that is no message, those before the first fault, which no decoder gets past.
    package static func elementCount(
        in body: ByteBuffer, of shape: MessageShape, elementCountMax: Int
    ) -> Int? {
        let scanned = scan(body, of: shape, elementCountMax: elementCountMax)
        return scanned.elementCount <= elementCountMax ? scanned.elementCount : nil
    }

    /// What was counted, and whether that is all of a message.
    static func scan(
        _ body: ByteBuffer, of shape: MessageShape, elementCountMax: Int
    ) -> (elementCount: Int, isWhole: Bool) {
        let bytes = body.readableBytesSpan
        var scan = MessageScan(shape, elementCountMax: elementCountMax)
        let isWhole = scan.scanMessage(bytes, through: bytes.byteCount, node: 0, depth: 1)
        return (scan.elementCount, isWhole)
    }

    /// Scans the message that ends at `end`; false if there is nothing to be gained by going on.
    private mutating func scanMessage(
        _ bytes: RawSpan, through end: Int, node: Int, depth: Int
    ) -> Bool {
        var groupDepth = 0
        while index < end {
            guard count(1), let tag = readVarint(bytes, before: end),
                tag <= UInt64(UInt32.max), tag >> 3 != 0
            else { return false }
            switch tag & 7 {
            case 0:
                guard readVarint(bytes, before: end) != nil else { return false }
            case 1:
                index += 8
            case 2:
                // What stands in a group is unknown to the message.
                let content = groupDepth == 0 ? shape.content(of: tag >> 3, in: node) : .opaque
                guard scanContent(bytes, content, before: end, depth: depth) else {
                    return false
                }
            case 3:
                groupDepth += 1
                guard depth + groupDepth <= Self.depthMax else { return false }
            case 4:
                groupDepth -= 1
                guard groupDepth >= 0 else { return false }
            case 5:
                index += 4
            default:
                return false
            }
        }
        return index == end && groupDepth == 0
    }

    /// Scans a length, and as many bytes.
    private mutating func scanContent(
        _ bytes: RawSpan, _ content: MessageShape.Content, before end: Int, depth: Int
    ) -> Bool {
        guard let length = readVarint(bytes, before: end), length <= UInt64(end - index) else {
            return false
        }
        let contentEnd = index + Int(length)
        switch content {
        case .opaque:
            break
        case .message(let node):
            guard depth < Self.depthMax,
                scanMessage(bytes, through: contentEnd, node: node, depth: depth + 1)
            else { return false }
        case .varints:
            guard countVarints(bytes, through: contentEnd) else { return false }
        case .fixed(let byteCount):
            guard count(Int(length) / byteCount) else { return false }
        }
        index = contentEnd
        return true
    }

    /// Each ends with the first byte without its highest bit.
    private mutating func countVarints(_ bytes: RawSpan, through end: Int) -> Bool {
        var varintCount = 0
        while index < end {
            if Self.byte(of: bytes, at: index) < 0x80 { varintCount += 1 }
            index += 1
        }
        return count(varintCount)
    }

    /// False if that makes too many.
    private mutating func count(_ newCount: Int) -> Bool {
        elementCount += newCount
        return elementCount <= elementCountMax
    }

    private mutating func readVarint(_ bytes: RawSpan, before end: Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < end, shift <= 63 {
            let next = Self.byte(of: bytes, at: index)
            index += 1
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// Its bounds are checked.
    private static func byte(of bytes: RawSpan, at index: Int) -> UInt8 {
        unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }
}
