/// What the writer knows of a collection besides the two sides: which slots are free, and sums.
struct WriterCollection: Sendable {
    let schema: CollectionSchema
    private var freeSlots: [UInt32] = []
    private var slotCount: UInt32 = 0
    private(set) var documentCount = 0
    private(set) var rawByteCount = 0
    private(set) var storedByteCount = 0
    /// Of all records, the retired ones included.
    private(set) var recordByteCount = 0

    init(_ schema: CollectionSchema) {
        self.schema = schema
    }

    /// A slot that no document of either side uses once this step is carried out.
    mutating func takeSlot() -> UInt32 {
        if let slot = freeSlots.popLast() { return slot }
        precondition(
            slotCount < UInt32.max, "A collection holds the 4,294,967,295 documents that it can.")
        slotCount += 1
        return slotCount - 1
    }

    mutating func giveBack(_ slot: UInt32) {
        guard documentCount > 0 else {
            freeSlots = []
            slotCount = 0
            return
        }
        freeSlots.append(slot)
    }

    /// The records are the documents of the collection, which had none: their places are their
    /// slots.
    mutating func fill(with records: [StoredRecord.Base]) {
        // Of a file that is read back: it was written of a store that had as few.
        slotCount = UInt32(records.count)
        for record in records { unsafe add(StoredRecord(base: record.pointer)) }
    }

    /// The record is a document of the collection from now on.
    mutating func add(_ record: StoredRecord) {
        documentCount += 1
        unsafe rawByteCount += record.rawByteCount
        unsafe storedByteCount += record.bodyByteCount
        unsafe recordByteCount += record.memoryByteCount
    }

    /// The record is no document any more, but a reader may still see it.
    mutating func retire(_ record: StoredRecord) {
        documentCount -= 1
        unsafe rawByteCount -= record.rawByteCount
        unsafe storedByteCount -= record.bodyByteCount
    }

    /// Nothing reaches the record any more.
    mutating func free(_ record: StoredRecord) {
        unsafe recordByteCount -= record.memoryByteCount
        unsafe record.free()
    }

    func statistics(sideByteCount: Int) -> CollectionStatistics {
        CollectionStatistics(
            name: schema.name,
            documentCount: documentCount,
            rawByteCount: rawByteCount,
            storedByteCount: storedByteCount,
            memoryByteCount: recordByteCount + 2 * sideByteCount
                + freeSlots.capacity * MemoryLayout<UInt32>.size)
    }
}
