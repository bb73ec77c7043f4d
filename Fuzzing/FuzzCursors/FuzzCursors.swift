import Domain
import EventModel
import FuzzSupport
import NIOCore
import SnapshotStore

@main
enum FuzzCursors {
    static func main() { unsafe FuzzDriver.run(fuzzCursors) }
}

/// A query and a cursor that somebody sends with it. The first bytes make the query.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCursors(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let collection = Int(input.byte() % 4)
    let index = Int(input.byte() % 4)
    let isDescending = input.byte() & 1 == 1
    let isGuess = input.byte() & 1 == 1
    let flip = input.index(below: 1 << 16)
    guard let prefix = DocumentKey(bytes: input.bytes(Int(input.byte() % 49)).readableBytesView)
    else { return 0 }
    let plan = QueryPlan.page(
        collection: collection, index: index, prefix: prefix, after: nil, descending: isDescending,
        limit: 10)
    if isGuess {
        checkGuess(Array(input.rest.readableBytesView), plan)
    } else {
        checkMade(Array(input.rest.readableBytesView), plan, flip: flip)
    }
    return 0
}

/// A cursor that is made up is refused, or is one that could have been made.
private func checkGuess(_ cursor: [UInt8], _ plan: QueryPlan) {
    if let key = Cursor.key(in: cursor, of: plan) {
        require(key.hasPrefix(plan.key), "a page stays within its query")
        require(Cursor.bytes(after: key, of: plan) == cursor, "there is one cursor for a place")
    }
    do throws(Rejection) {
        let continued = try plan.continued(from: cursor)
        require(
            continued.key == plan.key && continued.collection == plan.collection
                && continued.index == plan.index && continued.limit == plan.limit,
            "a cursor changes nothing but the place")
        require(cursor.isEmpty == (continued.after == nil), "only no cursor begins again")
    } catch {
        require(error.reason == "INVALID_CURSOR", "the reason is told")
    }
}

/// A cursor that was made is read, and no bit of it may change.
private func checkMade(_ suffix: [UInt8], _ plan: QueryPlan, flip: Int) {
    guard let key = DocumentKey(bytes: plan.key.bytes + suffix) else {
        require(plan.key.byteCount + suffix.count > DocumentKey.byteCountMax, "48 bytes fit")
        return
    }
    var cursor = Cursor.bytes(after: key, of: plan)
    require(Cursor.key(in: cursor, of: plan) == key, "a cursor is read as it was made")
    cursor[flip / 8 % cursor.count] ^= 1 << UInt8(flip % 8)
    require(Cursor.key(in: cursor, of: plan) == nil, "a flipped bit is found")
    checkGuess(cursor, plan)

    let other = DocumentKey(bytes: suffix.reversed()) ?? DocumentKey()
    require(
        (key < other) == key.bytes.lexicographicallyPrecedes(other.bytes),
        "keys order by their bytes")
    require((key == other) == (key.bytes == other.bytes), "equal keys have equal bytes")
}
