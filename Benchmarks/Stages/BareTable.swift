import CPrefetch

/// The least that finds a document: a table of pointers by open addressing, at most half full, and
/// documents that are their id, their length and their bytes. Nothing can be changed, nobody can
/// choose ids that collide, and nothing is ordered but each user's documents.
@safe final class BareTable {
    private let slots: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let mask: Int
    /// Of each user, the newest first, one user behind the other; where each begins.
    private let byUser: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private let starts: [Int]

    private static let bodyOffset = 12

    /// A document, found.
    @unsafe struct Record {
        let base: UnsafeMutableRawPointer

        var id: UInt64 { unsafe base.load(as: UInt64.self) }
        var byteCount: Int { Int(unsafe base.load(fromByteOffset: 8, as: UInt32.self)) }
        var body: UnsafeRawPointer { unsafe UnsafeRawPointer(base + BareTable.bodyOffset) }

        @inline(__always) func expect() {
            unsafe tandem_prefetch(base)
            unsafe tandem_prefetch(base + 64)
            unsafe tandem_prefetch(base + 128)
        }
    }

    init(_ workload: Workload) {
        let count = workload.documentCount
        var ofUser = [[UInt64]](repeating: [], count: workload.userCount)
        for id in 1...UInt64(count) { ofUser[Int(workload.user(of: id)) - 1].append(id) }
        starts = ofUser.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
        var capacity = 16
        while capacity < count * 2 { capacity *= 2 }
        mask = capacity - 1
        unsafe slots = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: nil, count: capacity)
        unsafe byUser = .allocate(capacity: count)
        for id in 1...UInt64(count) {
            var place = home(of: id)
            while unsafe slots[place] != nil { place = (place + 1) & mask }
            unsafe slots[place] = unsafe Self.make(id, workload.body(of: id))
        }
        var place = 0
        for id in ofUser.flatMap({ $0.reversed() }) {
            guard let record = unsafe record(of: id) else { continue }
            unsafe (byUser + place).initialize(to: record.base)
            place += 1
        }
    }

    deinit {
        for index in 0..<starts[starts.count - 1] { unsafe byUser[index].deallocate() }
        unsafe byUser.deallocate()
        unsafe slots.deallocate()
    }

    private static func make(_ id: UInt64, _ body: [UInt8]) -> UnsafeMutableRawPointer {
        let base = UnsafeMutableRawPointer.allocate(
            byteCount: bodyOffset + body.count, alignment: 8)
        unsafe base.storeBytes(of: id, as: UInt64.self)
        unsafe base.storeBytes(of: UInt32(body.count), toByteOffset: 8, as: UInt32.self)
        unsafe (base + bodyOffset).copyMemory(from: body, byteCount: body.count)
        return unsafe base
    }

    /// Fibonacci hashing: the upper bits of the product.
    @inline(__always) private func home(of id: UInt64) -> Int {
        Int(truncatingIfNeeded: (id &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }

    /// Has the slot fetched where the search begins.
    @inline(__always) func expectSlot(of id: UInt64) {
        unsafe tandem_prefetch(slots + home(of: id))
    }

    /// Has the record fetched that stands there.
    @inline(__always) func expectRecord(of id: UInt64) {
        guard let base = unsafe slots[home(of: id)] else { return }
        unsafe Record(base: base).expect()
    }

    @inline(__always) func record(of id: UInt64) -> Record? {
        var place = home(of: id)
        while let base = unsafe slots[place] {
            let record = unsafe Record(base: base)
            if unsafe record.id == id { return unsafe record }
            place = (place &+ 1) & mask
        }
        return nil
    }

    /// The newest documents of a user.
    @inline(__always) func newest(_ count: Int, of user: UInt64) -> Range<Int> {
        let (start, end) = (starts[Int(user) - 1], starts[Int(user)])
        return start..<min(end, start + count)
    }

    @inline(__always) func record(at index: Int) -> Record {
        unsafe Record(base: byUser[index])
    }
}
