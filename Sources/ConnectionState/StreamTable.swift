/// What belongs to each open stream of a connection.
///
/// A hash table with linear probing, whose hash of a stream is its number: a client's streams
/// ascend one by one, so that each finds its place empty unless another has outlived all those that
/// the table has room for. A dictionary would hash each number, to be safe from numbers that
/// somebody chose; these are our own.
struct StreamTable<Value: Sendable>: Sendable {
    /// 0 where there is nothing: no call has that stream.
    private var streams: [UInt32]
    private var values: [Value?]
    private(set) var count = 0
    /// How many are not where their hash says. As long as there are none, which is nearly always,
    /// nothing moves up when one goes, and the run of streams behind it need not be looked through:
    /// streams that ascend stand side by side, all that are open in one run.
    private var displacedCount = 0

    /// It is made larger when it is half full.
    private static var initialCapacity: Int { 16 }

    init() {
        streams = Array(repeating: 0, count: Self.initialCapacity)
        values = Array(repeating: nil, count: Self.initialCapacity)
    }

    private func home(of stream: UInt32) -> Int { Int(stream) & (streams.count &- 1) }

    /// Where a stream's value is; until something is added or removed.
    func index(of stream: UInt32) -> Int? {
        guard stream != 0 else { return nil }
        var index = home(of: stream)
        while streams[index] != 0 {
            if streams[index] == stream { return index }
            index = (index &+ 1) & (streams.count &- 1)
        }
        return nil
    }

    subscript(index: Int) -> Value? {
        get { values[index] }
        _modify { yield &values[index] }
    }

    /// Adds a stream that isn't there yet.
    mutating func add(_ value: Value, for stream: UInt32) {
        precondition(stream != 0, "stream 0 is the connection's")
        if count &* 2 >= streams.count { grow() }
        place(value, for: stream)
        count &+= 1
    }

    private mutating func place(_ value: Value?, for stream: UInt32) {
        var index = home(of: stream)
        while streams[index] != 0 { index = (index &+ 1) & (streams.count &- 1) }
        if index != home(of: stream) { displacedCount &+= 1 }
        streams[index] = stream
        values[index] = value
    }

    private mutating func grow() {
        let old = (streams: streams, values: values)
        streams = Array(repeating: 0, count: 2 * old.streams.count)
        values = Array(repeating: nil, count: streams.count)
        displacedCount = 0
        for (stream, value) in zip(old.streams, old.values) where stream != 0 {
            place(value, for: stream)
        }
    }

    /// Removes what is at an index. Those behind it that had to make way for it move up.
    mutating func remove(at index: Int) {
        var hole = index
        if hole != home(of: streams[hole]) { displacedCount &-= 1 }
        var next = (hole &+ 1) & (streams.count &- 1)
        while displacedCount > 0, streams[next] != 0 {
            let way = (next &- home(of: streams[next])) & (streams.count &- 1)
            if way >= (next &- hole) & (streams.count &- 1) {
                streams[hole] = streams[next]
                values[hole] = values[next]
                if home(of: streams[hole]) == hole { displacedCount &-= 1 }
                hole = next
            }
            next = (next &+ 1) & (streams.count &- 1)
        }
        streams[hole] = 0
        values[hole] = nil
        count &-= 1
    }

    /// All of them that have a value, the lowest stream first.
    var sorted: [(stream: UInt32, value: Value)] {
        zip(streams, values).compactMap { stream, value in value.map { (stream, $0) } }
            .sorted { $0.stream < $1.stream }
    }
}
