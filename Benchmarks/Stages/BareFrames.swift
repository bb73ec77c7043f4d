/// Of every frame.
private let headByteCount = 16

/// The least that reads a REQUEST for an order: two words of header, and a number behind its tag.
@unsafe struct BareRequest {
    let stream: UInt32
    let id: UInt64
    /// Where the next one begins.
    let end: Int

    /// Nothing is checked but the type: the bytes are those that this program wrote.
    @inline(__always) init(_ bytes: UnsafeRawPointer, at offset: Int) {
        let first = UInt64(
            bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let second = UInt64(
            bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self))
        precondition((first >> 24) & 0xFF == 3, "A request is read where there is none.")
        unsafe stream = UInt32(truncatingIfNeeded: second >> 32)
        unsafe end = offset &+ 4 &+ Int(truncatingIfNeeded: first >> 32)
        var place = offset &+ headByteCount &+ 1
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = unsafe bytes.load(fromByteOffset: place, as: UInt8.self)
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift &+= 7
            place &+= 1
        }
        unsafe id = value
    }
}

/// The least that writes answers: a header of two words, the block that they all have, the body.
@safe struct BareAnswers: ~Copyable {
    private let start: UnsafeMutableRawPointer
    private let block: UnsafeMutableRawPointer
    private let blockByteCount: Int
    private(set) var byteCount = 0

    init(capacity: Int, metadataBlock: [UInt8]) {
        unsafe start = .allocate(byteCount: capacity, alignment: 16)
        unsafe block = .allocate(byteCount: max(1, metadataBlock.count), alignment: 16)
        unsafe block.copyMemory(from: metadataBlock, byteCount: metadataBlock.count)
        blockByteCount = metadataBlock.count
    }

    deinit {
        unsafe start.deallocate()
        unsafe block.deallocate()
    }

    mutating func removeAll() { byteCount = 0 }

    /// The caller sees to it that there is room.
    @unsafe @inline(__always) mutating func add(
        _ stream: UInt32, body: UnsafeRawPointer, count: Int
    ) {
        let length = headByteCount &+ blockByteCount &+ count
        let next = unsafe start + byteCount
        let first = UInt64(truncatingIfNeeded: length &- 4) << 32 | 4 << 24
        unsafe next.storeBytes(of: first.bigEndian, as: UInt64.self)
        unsafe next.storeBytes(
            of: (UInt64(stream) << 32).bigEndian, toByteOffset: 8, as: UInt64.self)
        let rest = unsafe next + headByteCount
        unsafe rest.copyMemory(from: block, byteCount: blockByteCount)
        unsafe (rest + blockByteCount).copyMemory(from: body, byteCount: count)
        byteCount &+= length
    }
}
