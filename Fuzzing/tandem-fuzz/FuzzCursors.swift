import DocumentStore
import NIOCore
import TandemCore
import TandemDomain

/// A query and a cursor that somebody sends with it. The first bytes make the query.
func fuzzCursors(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let collection = Int(input.byte() % 4)
    let index = Int(input.byte() % 4)
    let isDescending = input.byte() & 1 == 1
    let isGuess = input.byte() & 1 == 1
    let flip = input.index(below: 1 << 16)
    guard let prefix = DocumentKey(bytes: input.bytes(Int(input.byte() % 49)).readableBytesView)
    else { return 0 }
    let range = IndexRange(
        collection: collection, index: index, prefix: prefix, descending: isDescending)
    if isGuess {
        checkGuess(Array(input.rest.readableBytesView), range)
    } else {
        checkMade(Array(input.rest.readableBytesView), range, flip: flip)
    }
    return 0
}

/// A cursor that is made up is refused, or is one that could have been made.
private func checkGuess(_ cursor: [UInt8], _ range: IndexRange) {
    if let key = Cursor.key(in: cursor, of: range) {
        require(key.hasPrefix(range.prefix), "a page stays within its query")
        require(Cursor.bytes(after: key, of: range) == cursor, "there is one cursor for a place")
    }
    do throws(Rejection) {
        guard case .page(let continued, let after, let limit) = try range.page(
            from: cursor, limit: 10)
        else { return require(false, "a page is asked for") }
        require(continued == range && limit == 10, "a cursor changes nothing but the place")
        require(cursor.isEmpty == (after == nil), "only no cursor begins again")
    } catch {
        require(error.reason == "INVALID_CURSOR", "the reason is told")
    }
}

/// A cursor that was made is read, and no bit of it may change.
private func checkMade(_ suffix: [UInt8], _ range: IndexRange, flip: Int) {
    guard let key = DocumentKey(bytes: range.prefix.bytes + suffix) else {
        require(range.prefix.byteCount + suffix.count > DocumentKey.byteCountMax, "48 bytes fit")
        return
    }
    var cursor = Cursor.bytes(after: key, of: range)
    require(Cursor.key(in: cursor, of: range) == key, "a cursor is read as it was made")
    cursor[flip / 8 % cursor.count] ^= 1 << UInt8(flip % 8)
    require(Cursor.key(in: cursor, of: range) == nil, "a flipped bit is found")
    checkGuess(cursor, range)

    let other = DocumentKey(bytes: suffix.reversed()) ?? DocumentKey()
    require(
        (key < other) == key.bytes.lexicographicallyPrecedes(other.bytes),
        "keys order by their bytes")
    require((key == other) == (key.bytes == other.bytes), "equal keys have equal bytes")
}
