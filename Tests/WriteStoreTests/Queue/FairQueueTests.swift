import TestSupport
import Testing

@testable import WriteStore

/// A command as these tests see it: whose it is, and the how manieth.
private struct Sent: Hashable {
    let sender: Int
    let number: Int
}

/// What `#expect` can call.
private final class TestedQueue {
    private var queue: FairQueue<Sent>

    init(loadMax: QueueLoad) { queue = FairQueue(loadMax: loadMax) }

    var load: QueueLoad { queue.load }

    func openLane(address: String) -> CommandLane { queue.openLane(address: address) }

    func closeLane(_ lane: CommandLane) -> [Sent] { queue.closeLane(lane) }

    func append(_ sent: Sent, byteCount: Int, to lane: CommandLane) -> Bool {
        queue.append(sent, byteCount: byteCount, to: lane)
    }

    func takeGroup(upTo groupMax: QueueLoad) -> [Sent] { queue.takeGroup(upTo: groupMax) }
}

@Suite struct FairQueueTests {
    private static let ample = QueueLoad(count: .max >> 8, byteCount: .max >> 8)
    /// What nine connections of large orders had queued when another's command waited for 3.3 s.
    private static let largeByteCount = 100 << 10

    private func fill(
        _ queue: TestedQueue, _ lane: CommandLane, sender: Int, count: Int,
        byteCount: Int
    ) {
        for number in 0..<count {
            _ = queue.append(
                Sent(sender: sender, number: number), byteCount: byteCount, to: lane)
        }
    }

    private func shares(_ group: [Sent]) -> [Int: Int] {
        Dictionary(grouping: group, by: \.sender).mapValues(\.count)
    }

    @Test(arguments: [
        (9, largeByteCount, "192.0.2.1"), (200, 1_100, "192.0.2.1"),
        (256, largeByteCount, "192.0.2.2"),
    ])
    func `a newcomer's command is in the next group, whatever others have piled up`(
        laneCount: Int, byteCount: Int, address: String
    ) {
        let queue = TestedQueue(loadMax: Self.ample)
        for sender in 1...laneCount {
            let lane = queue.openLane(address: "192.0.2.1")
            fill(queue, lane, sender: sender, count: 500, byteCount: byteCount)
        }
        let groupMax = QueueLoad(count: 512, byteCount: 3 << 20)
        for _ in 1...20 { _ = queue.takeGroup(upTo: groupMax) }
        let newcomer = queue.openLane(address: address)
        #expect(queue.append(Sent(sender: 0, number: 0), byteCount: 2_000, to: newcomer))
        #expect(queue.takeGroup(upTo: groupMax).contains { $0.sender == 0 })
    }

    @Test func `connections have equal parts by bytes, and each keeps its order`() {
        let queue = TestedQueue(loadMax: Self.ample)
        let sizes = [1_000, 4_000, 64_000]
        for (sender, size) in sizes.enumerated() {
            let lane = queue.openLane(address: "192.0.2.1")
            fill(queue, lane, sender: sender, count: 3_000, byteCount: size)
        }
        var group: [Sent] = []
        for _ in 1...5 {
            group += queue.takeGroup(upTo: QueueLoad(count: 1_000, byteCount: 1 << 20))
        }
        let byteCounts = shares(group).map { sender, count in sizes[sender] * count }
        #expect(byteCounts.count == 3)
        // To a turn of the two that are compared, and a command of each.
        let most = byteCounts.max() ?? 0
        #expect(byteCounts.allSatisfy { most - $0 <= 2 * (2 << 10) + 2 * 64_000 })
        for sender in sizes.indices {
            let numbers = group.filter { $0.sender == sender }.map(\.number)
            #expect(numbers == Array(numbers.indices))
        }
    }

    @Test func `an address has no more for having more connections`() {
        let queue = TestedQueue(loadMax: Self.ample)
        for sender in 1...64 {
            let lane = queue.openLane(address: "192.0.2.1")
            fill(queue, lane, sender: sender, count: 100, byteCount: 2_000)
        }
        let other = queue.openLane(address: "192.0.2.2")
        fill(queue, other, sender: 0, count: 1_000, byteCount: 2_000)
        let group = queue.takeGroup(upTo: QueueLoad(count: 512, byteCount: .max >> 8))
        #expect(group.count == 512)
        #expect((248...264).contains(shares(group)[0] ?? 0))
    }

    @Test func `a connection that has had much isn't preferred for having been idle`() {
        let queue = TestedQueue(loadMax: Self.ample)
        let steady = queue.openLane(address: "192.0.2.1")
        fill(queue, steady, sender: 1, count: 400, byteCount: 16 << 10)
        let bursts = queue.openLane(address: "192.0.2.1")
        var counts: [Int: Int] = [:]
        for burst in 0..<100 {
            // Nothing of it waits when it sends again.
            for number in 0..<4 {
                let sent = Sent(sender: 2, number: 4 * burst + number)
                #expect(queue.append(sent, byteCount: 16 << 10, to: bursts))
            }
            var left = 4
            while left > 0,
                let sent = queue.takeGroup(upTo: QueueLoad(count: 1, byteCount: 1)).first
            {
                counts[sent.sender, default: 0] += 1
                if sent.sender == 2 { left -= 1 }
            }
        }
        #expect((390...400).contains(counts[1] ?? 0))
    }

    @Test func `a group ends at its bound of bytes, and one command is always in it`() {
        let queue = TestedQueue(loadMax: Self.ample)
        let lane = queue.openLane(address: "192.0.2.1")
        fill(queue, lane, sender: 1, count: 100, byteCount: Self.largeByteCount)
        let groupMax = QueueLoad(count: 512, byteCount: 3 << 20)
        #expect(queue.takeGroup(upTo: groupMax).count == 30)
        #expect(queue.takeGroup(upTo: QueueLoad(count: 512, byteCount: 1)).count == 1)
        #expect(queue.load == QueueLoad(count: 69, byteCount: 69 * Self.largeByteCount))
    }

    private func pileUp(
        _ queue: TestedQueue, _ lane: CommandLane, byteCount: Int
    ) {
        while queue.append(Sent(sender: 0, number: 0), byteCount: byteCount, to: lane) {}
    }

    @Test(arguments: [(1_000, 1 << 30), (1 << 30, 1_000_000)])
    func `a connection can't take more than a third of the queue, an address than half`(
        countMax: Int, byteCountMax: Int
    ) {
        let bound = QueueLoad(count: countMax, byteCount: byteCountMax)
        let queue = TestedQueue(loadMax: bound)
        pileUp(queue, queue.openLane(address: "192.0.2.1"), byteCount: 1_000)
        #expect(queue.load.count == 334)
        for _ in 1...100 {
            pileUp(queue, queue.openLane(address: "192.0.2.1"), byteCount: 1_000)
        }
        #expect(queue.load.count <= 500 + 100, "half, and one for each that has nothing waiting")
    }

    @Test(arguments: [true, false])
    func `whoever keeps sending all that is taken leaves room for a newcomer`(
        isOfSameAddress: Bool
    ) {
        let queue = TestedQueue(loadMax: QueueLoad(count: 8_192, byteCount: 63 << 20))
        let lanes = (1...200).map { number in
            queue.openLane(address: isOfSameAddress ? "192.0.2.1" : "192.0.2.\(number % 8)")
        }
        for _ in 1...100 {
            for lane in lanes { pileUp(queue, lane, byteCount: 2_000) }
            _ = queue.takeGroup(upTo: QueueLoad(count: 512, byteCount: 3 << 20))
        }
        for lane in lanes { pileUp(queue, lane, byteCount: 2_000) }
        let newcomer = queue.openLane(address: "192.0.2.1")
        #expect(queue.append(Sent(sender: 1, number: 0), byteCount: 2_000, to: newcomer))
    }

    @Test func `an empty queue takes a command of any size`() {
        let queue = TestedQueue(loadMax: QueueLoad(count: 1, byteCount: 1_000))
        let lane = queue.openLane(address: "192.0.2.1")
        #expect(queue.append(Sent(sender: 1, number: 0), byteCount: 1 << 30, to: lane))
        #expect(!queue.append(Sent(sender: 1, number: 1), byteCount: 1, to: lane))
    }

    @Test func `a closed lane hands out what waits in it, and takes nothing more`() {
        let queue = TestedQueue(loadMax: Self.ample)
        let lane = queue.openLane(address: "192.0.2.1")
        fill(queue, lane, sender: 1, count: 3, byteCount: 10)
        #expect(queue.closeLane(lane).map(\.number) == [0, 1, 2])
        #expect(queue.closeLane(lane).isEmpty)
        #expect(queue.load == QueueLoad())
        #expect(!queue.append(Sent(sender: 1, number: 3), byteCount: 10, to: lane))
        let next = queue.openLane(address: "192.0.2.1")
        #expect(!queue.append(Sent(sender: 1, number: 4), byteCount: 10, to: lane))
        #expect(queue.append(Sent(sender: 2, number: 0), byteCount: 10, to: next))
        #expect(queue.takeGroup(upTo: Self.ample).map(\.sender) == [2])
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `nothing is lost, doubled or out of order, whoever comes and goes`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let queue = TestedQueue(loadMax: QueueLoad(count: 300, byteCount: 1 << 20))
        var lanes: [(sender: Int, lane: CommandLane, waiting: [Sent])] = []
        var senderCount = 0
        for _ in 1...3_000 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0:
                senderCount += 1
                let address = "192.0.2.\(Int.random(in: 1...3, using: &random))"
                lanes.append((senderCount, queue.openLane(address: address), []))
            case 1 where !lanes.isEmpty:
                let gone = lanes.remove(at: Int.random(in: lanes.indices, using: &random))
                #expect(queue.closeLane(gone.lane) == gone.waiting)
            case 2...4:
                let groupMax = QueueLoad(
                    count: .random(in: 1...40, using: &random),
                    byteCount: .random(in: 1...100_000, using: &random))
                let group = queue.takeGroup(upTo: groupMax)
                #expect(group.isEmpty == lanes.allSatisfy(\.waiting.isEmpty))
                for sent in group {
                    let index = lanes.firstIndex { $0.sender == sent.sender }
                    let expected = index.flatMap { lanes[$0].waiting.first }
                    #expect(expected == sent)
                    if let index, expected != nil { lanes[index].waiting.removeFirst() }
                }
            default:
                guard let index = lanes.indices.randomElement(using: &random) else { continue }
                let sent = Sent(
                    sender: lanes[index].sender,
                    number: .random(in: 0..<1 << 30, using: &random))
                let byteCount = Int.random(in: 1...20_000, using: &random)
                if queue.append(sent, byteCount: byteCount, to: lanes[index].lane) {
                    lanes[index].waiting.append(sent)
                }
            }
            #expect(queue.load.count == lanes.reduce(0) { $0 + $1.waiting.count })
        }
        while !queue.takeGroup(upTo: Self.ample).isEmpty {}
        #expect(queue.load == QueueLoad())
    }
}
