/// Made-up documents by id: open addressing, linear probing, at most half full.
final class DocumentTable: Sendable {
    /// All documents, one behind the other.
    private let bytes: [UInt8]
    /// The slots; an id of 0 is an empty one.
    private let slots: [Slot]
    private let documentBytes: Int

    private struct Slot {
        var id: UInt64 = 0
        /// Where its document begins in `bytes`.
        var start = 0
    }

    init(count: Int, documentBytes: Int) {
        var slots = [Slot](repeating: Slot(), count: Self.slotCount(for: count))
        for number in 0..<count {
            let id = UInt64(number) + 1
            var place = Self.place(of: id, among: slots.count)
            while slots[place].id != 0 { place = (place + 1) & (slots.count - 1) }
            slots[place] = Slot(id: id, start: number * documentBytes)
        }
        self.slots = slots
        self.documentBytes = documentBytes
        bytes = [UInt8](repeating: 0x42, count: count * documentBytes)
    }

    /// The document; `nil` if there is none of that id.
    subscript(id: UInt64) -> ArraySlice<UInt8>? {
        var place = Self.place(of: id, among: slots.count)
        while slots[place].id != 0 {
            let slot = slots[place]
            if slot.id == id { return bytes[slot.start..<slot.start + documentBytes] }
            place = (place + 1) & (slots.count - 1)
        }
        return nil
    }

    /// A power of two.
    private static func slotCount(for count: Int) -> Int {
        var slotCount = 16
        while slotCount < count * 2 { slotCount *= 2 }
        return slotCount
    }

    /// Fibonacci hashing: the upper bits of the product.
    private static func place(of id: UInt64, among slotCount: Int) -> Int {
        Int((id &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slotCount - 1)
    }
}
