import NIOCore
import Wire

/// A whole server connection. The first byte chooses how it begins and what the rest is: what a
/// client sends, or a script of what it does.
func fuzzServer(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let choice = ServerChoice(rawValue: input.byte())
    if choice.contains(.script) {
        var script = Script(ServerConnection(choice))
        script.run(&input)
    } else {
        let cut = input.index(below: input.rest.readableBytes)
        let bytes = choice.contains(.sealed) ? input.rest.withChecksums() : input.rest
        let whole = ServerConnection(choice).answers(to: [bytes])
        let pieces = ServerConnection(choice).answers(to: bytes.cut(at: cut))
        require(
            whole == pieces,
            "a cut at \(cut) changes no answer, but of \(whole) it made \(pieces)")
        let long = ServerConnection(choice, answersPlainCalls: false).answers(to: [bytes])
        require(whole == long, "the short way answers \(whole), and the long one \(long)")
    }
    return 0
}

/// How a connection begins.
struct ServerChoice: OptionSet {
    let rawValue: UInt8

    static let checksums = ServerChoice(rawValue: 1)
    /// A good preface and HELLO come first.
    static let welcomed = ServerChoice(rawValue: 2)
    static let script = ServerChoice(rawValue: 4)
    /// Few calls, little memory, a small window.
    static let small = ServerChoice(rawValue: 8)
    /// Each of the frames that follow has a good checksum.
    static let sealed = ServerChoice(rawValue: 16)
}
