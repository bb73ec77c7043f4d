import Compression
import NIOCore

/// A body as a client gets it, held against what zlib itself makes of it. The first byte chooses
/// what the bytes are, the second the dictionary, the next two the promised length.
func fuzzBodies(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let form = input.byte()
    let dictionary = input.element(of: dictionaries)
    let promise = input.number(as: UInt16.self)
    let bytes = Array(input.rest.readableBytesView)
    switch form % 4 {
    case 0, 1:
        check(bytes, dictionary, promise: form & 4 == 0 ? Int(promise) : nil)
    case 2:
        // Deflated data; header and checksum are made to fit, since nobody guesses those.
        guard let body = Oracle.wrapped(bytes, dictionary) else { return 0 }
        check(body, dictionary, promise: form & 4 == 0 ? Int(promise) : nil)
    default:
        checkRoundTrip(bytes, dictionary)
    }
    return 0
}

private let dictionaries: [CompressionDictionary?] = [
    nil, CompressionDictionary(bytes: Array("order_id user_id status PLACED currency USD".utf8)),
    CompressionDictionary(bytes: (0..<32_768).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }),
]
// libFuzzer calls from one thread, and nobody else does.
nonisolated(unsafe) private let inflater = DocumentInflater()
nonisolated(unsafe) private let deflaters = dictionaries.map { DocumentDeflater(dictionary: $0) }

/// - Parameter promise: the length that the frame says; `nil`: what zlib found, and its
///   neighbours.
private func check(_ body: [UInt8], _ dictionary: CompressionDictionary?, promise: Int?) {
    let expected = Oracle.inflate(body, dictionary)
    var promises = promise.map { [$0] } ?? []
    if promise == nil, let expected {
        promises = [expected.count - 1, expected.count, expected.count + 1].filter { $0 >= 0 }
    }
    for promise in promises {
        do throws(InflateError) {
            let raw = try unsafe inflater.inflate(
                body, rawByteCount: promise, dictionary: dictionary)
            require(raw == expected, "what is inflated is what zlib inflates")
            require(raw.count == promise, "the promise is kept")
        } catch {
            require(expected?.count != promise, "what zlib takes is taken: \(error)")
        }
    }
}

private func checkRoundTrip(_ raw: [UInt8], _ dictionary: CompressionDictionary?) {
    guard let index = dictionaries.firstIndex(of: dictionary) else { return }
    let body = unsafe deflaters[index].deflate(raw)
    require(body.count <= raw.count + raw.count / 1_000 + 32, "a body grows by little")
    check(body, dictionary, promise: nil)
    require(Oracle.inflate(body, dictionary) == raw, "zlib reads what was deflated")
}
