import TestSupport
import Testing

@testable import ConnectionState

struct StreamTableTests {
    @Test(arguments: [1, 8, 300])
    func `it holds what a dictionary holds, whatever comes and goes`(openMax: Int) {
        var generator = SeededGenerator(seed: UInt64(openMax))
        var (table, model) = (StreamTable<UInt32>(), [UInt32: UInt32]())
        var last: UInt32 = 0
        // Some stay for good, so that others have to make way for them.
        for _ in 0..<20_000 {
            if model.count < openMax, Bool.random(using: &generator) {
                last += 1
                table.add(last &* 7, for: last)
                model[last] = last &* 7
            } else if let stream = model.keys.filter({ $0 % 50 != 1 }).sorted()
                .randomElement(using: &generator)
            {
                guard let index = table.index(of: stream) else {
                    Issue.record("stream \(stream) is lost")
                    return
                }
                table.remove(at: index)
                model[stream] = nil
            }
            #expect(table.count == model.count)
            let stream = UInt32.random(in: 0...(last + 2), using: &generator)
            #expect(table.index(of: stream).flatMap { table[$0] } == model[stream])
        }
        #expect(table.sorted.map(\.stream) == model.keys.sorted())
        #expect(table.sorted.allSatisfy { model[$0.stream] == $0.value })
    }

    @Test func `streams that share a place are all found, and move up`() {
        var table = StreamTable<String>()
        let streams: [UInt32] = [15, 31, 16, 47, 32]
        for stream in streams { table.add("\(stream)", for: stream) }
        for (number, stream) in streams.enumerated() {
            for left in streams[number...] {
                #expect(table.index(of: left).flatMap { table[$0] } == "\(left)")
            }
            if let index = table.index(of: stream) { table.remove(at: index) }
            #expect(table.index(of: stream) == nil)
        }
        #expect(table.index(of: 0) == nil)
    }
}
