/// One step of a batch, resolved to a slot, so that both sides carry it out alike.
///
/// `old` nil: a new document. `new` nil: the document goes. Neither nil: it is replaced.
@safe struct ReplicaOperation {
    let collection: Int
    let slot: UInt32
    let hash32: UInt32
    let old: StoredRecord?
    let new: StoredRecord?
}
