/// What waits, and whose turn it is: fair by bytes between addresses, and between the lanes of
/// each, one lane a connection. In a lane, first in, first out.
///
/// Start-time fair queuing (Goyal, Vin and Cheng, 1996): who comes anew is as far as the one who is
/// served, so it waits for a turn of each of the others at most, and not for what they have piled
/// up; who has had much comes later. Pure, and not for several threads.
///
/// What waits of all, what waits of the address and what waits of the lane must not together pass
/// the bound (dynamic thresholds; Choudhury and Hahne, 1998). So a lane alone gets a third of the
/// queue and an address half, and those who have most are the first to be refused. A lane where
/// nothing waits is taken in beyond that, as long as there is room at all.
struct FairQueue<Element> {
    private let loadMax: QueueLoad
    private var lanes: [Lane] = []
    private var addresses: [Address] = []
    private var freeLanes: [Int] = []
    private var freeAddresses: [Int] = []
    private var indexByAddress: [String: Int] = [:]
    private var lines = SharedLines<Element>()
    private var turns = TurnHeap()
    /// The tag of the turn that was taken last.
    private var clock: UInt64 = 0
    private var laneCount: UInt64 = 0
    private(set) var load = QueueLoad()

    /// What a lane has of the bytes before others have their turn.
    static var turnByteCount: Int { 2 << 10 }

    private struct Lane {
        var id: UInt64
        var address: Int
        var line = SharedLines<Element>.Line()
        var load = QueueLoad()
        /// Where it is among the turns of its address, or was when it had nothing left.
        var tag: UInt64 = 0
        var isInTurn = false
        var isOpen = true
    }

    private struct Address {
        var name: String
        var laneCount = 0
        var load = QueueLoad()
        var turns = TurnHeap()
        var clock: UInt64 = 0
        var tag: UInt64 = 0
        var isInTurn = false
    }

    init(loadMax: QueueLoad) {
        self.loadMax = loadMax
    }

    // MARK: - Lanes

    mutating func openLane(address name: String) -> CommandLane {
        let address = indexByAddress[name] ?? addAddress(name)
        addresses[address].laneCount += 1
        laneCount += 1
        let lane = Lane(id: laneCount, address: address)
        let index = freeLanes.popLast() ?? lanes.count
        if index == lanes.count { lanes.append(lane) } else { lanes[index] = lane }
        return CommandLane(index: index, id: lane.id, keyPart: KeyCounts.part(of: name))
    }

    /// Hands out what waits in the lane: nobody is there for it any more.
    mutating func closeLane(_ lane: CommandLane) -> [Element] {
        guard isOpen(lane) else { return [] }
        let dropped = lanes[lane.index].load
        var elements: [Element] = []
        while let element = lines.removeFirst(of: &lanes[lane.index].line) {
            elements.append(element)
        }
        remove(dropped, from: lane.index)
        lanes[lane.index].isOpen = false
        // Otherwise it goes when its turn comes.
        if !lanes[lane.index].isInTurn { free(lane: lane.index) }
        return elements
    }

    private func isOpen(_ lane: CommandLane) -> Bool {
        lanes.indices.contains(lane.index) && lanes[lane.index].id == lane.id
            && lanes[lane.index].isOpen
    }

    private mutating func addAddress(_ name: String) -> Int {
        let address = Address(name: name)
        let index: Int
        if let free = freeAddresses.popLast() {
            index = free
            addresses[free] = address
        } else {
            index = addresses.count
            addresses.append(address)
        }
        indexByAddress[name] = index
        return index
    }

    private mutating func free(lane index: Int) {
        let address = lanes[index].address
        lanes[index].id = 0
        freeLanes.append(index)
        addresses[address].laneCount -= 1
        freeIfUnused(address: address)
    }

    private mutating func freeIfUnused(address index: Int) {
        guard addresses[index].laneCount == 0, !addresses[index].isInTurn else { return }
        indexByAddress[addresses[index].name] = nil
        addresses[index] = Address(name: "")
        freeAddresses.append(index)
    }

    // MARK: - In and out

    /// False if there is no room, or the lane was closed.
    mutating func append(_ element: Element, byteCount: Int, to lane: CommandLane) -> Bool {
        guard isOpen(lane) else { return false }
        let address = lanes[lane.index].address
        let added = QueueLoad(count: 1, byteCount: byteCount)
        let ofLane = lanes[lane.index].load
        let counted =
            ofLane.count == 0 ? load + added : load + addresses[address].load + ofLane + added
        // One may always wait, whatever its size.
        guard load.count == 0 || counted.fits(in: loadMax) else { return false }
        lines.append(element, byteCount: byteCount, to: &lanes[lane.index].line)
        lanes[lane.index].load = lanes[lane.index].load + added
        addresses[address].load = addresses[address].load + added
        load = load + added
        putInTurn(lane.index, of: address)
        return true
    }

    private mutating func putInTurn(_ lane: Int, of address: Int) {
        if !lanes[lane].isInTurn {
            lanes[lane].isInTurn = true
            let tag = max(lanes[lane].tag, addresses[address].clock)
            addresses[address].turns.insert(lane, tag: tag)
        }
        if !addresses[address].isInTurn {
            addresses[address].isInTurn = true
            turns.insert(address, tag: max(addresses[address].tag, clock))
        }
    }

    /// The next elements, at most as many, and holding at most as much, as `groupMax` says; one at
    /// least, if any waits.
    mutating func takeGroup(upTo groupMax: QueueLoad) -> [Element] {
        var group = Group(loadMax: groupMax)
        group.elements.reserveCapacity(min(load.count, groupMax.count))
        while !group.isFull, let turn = turns.first {
            clock = turn.tag
            let tag = turn.tag + takeTurn(of: turn.id, into: &group)
            addresses[turn.id].tag = tag
            if addresses[turn.id].turns.isEmpty {
                turns.removeFirst()
                addresses[turn.id].isInTurn = false
                freeIfUnused(address: turn.id)
            } else {
                turns.delayFirst(to: tag)
            }
        }
        return group.elements
    }

    private struct Group {
        let loadMax: QueueLoad
        var elements: [Element] = []
        var load = QueueLoad()
        var isFull = false

        mutating func hasRoom(for byteCount: Int) -> Bool {
            let next = load + QueueLoad(count: 1, byteCount: byteCount)
            if !elements.isEmpty, !next.fits(in: loadMax) { isFull = true }
            return !isFull
        }
    }

    /// Gives one lane of the address its turn; answers with the bytes that it took.
    private mutating func takeTurn(of address: Int, into group: inout Group) -> UInt64 {
        guard let turn = addresses[address].turns.first else { return 0 }
        addresses[address].clock = turn.tag
        let lane = turn.id
        var taken = QueueLoad()
        while taken.byteCount < Self.turnByteCount,
            let byteCount = lines.firstByteCount(of: lanes[lane].line),
            group.hasRoom(for: byteCount),
            let element = lines.removeFirst(of: &lanes[lane].line)
        {
            let one = QueueLoad(count: 1, byteCount: byteCount)
            group.elements.append(element)
            group.load = group.load + one
            taken = taken + one
        }
        remove(taken, from: lane)
        let spent = UInt64(clamping: taken.byteCount)
        lanes[lane].tag = turn.tag + spent
        guard lanes[lane].line.isEmpty else {
            addresses[address].turns.delayFirst(to: turn.tag + spent)
            return spent
        }
        addresses[address].turns.removeFirst()
        lanes[lane].isInTurn = false
        if !lanes[lane].isOpen { free(lane: lane) }
        return spent
    }

    private mutating func remove(_ taken: QueueLoad, from lane: Int) {
        let address = lanes[lane].address
        lanes[lane].load = lanes[lane].load - taken
        addresses[address].load = addresses[address].load - taken
        load = load - taken
    }
}
