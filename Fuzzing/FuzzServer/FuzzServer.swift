import FuzzSupport
import NIOCore
import Wire

@main
enum FuzzServer {
    static func main() { unsafe FuzzDriver.run(fuzzServer) }
}

/// A whole server connection. The first byte chooses how it begins and what the rest is: what a
/// client sends, or a script of what it does.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzServer(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let choice = Choice(rawValue: input.byte())
    if choice.contains(.script) {
        var script = Script(Connection(choice))
        script.run(&input)
    } else {
        let cut = input.index(below: input.rest.readableBytes)
        let bytes = choice.contains(.sealed) ? input.rest.withChecksums() : input.rest
        let whole = Connection(choice).answers(to: [bytes])
        let pieces = Connection(choice).answers(to: bytes.cut(at: cut))
        require(
            whole == pieces,
            "a cut at \(cut) changes no answer, but of \(whole) it made \(pieces)")
        let long = Connection(choice, answersPlainCalls: false).answers(to: [bytes])
        require(whole == long, "the short way answers \(whole), and the long one \(long)")
    }
    return 0
}

/// How a connection begins.
struct Choice: OptionSet {
    let rawValue: UInt8

    static let checksums = Choice(rawValue: 1)
    /// A good preface and HELLO come first.
    static let welcomed = Choice(rawValue: 2)
    static let script = Choice(rawValue: 4)
    /// Few calls, little memory, a small window.
    static let small = Choice(rawValue: 8)
    /// Each of the frames that follow has a good checksum.
    static let sealed = Choice(rawValue: 16)
}
