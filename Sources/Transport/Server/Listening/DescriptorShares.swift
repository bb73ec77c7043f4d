/// How the sockets that a process can afford are divided among its ports. Pure.
///
/// Half of them are for whoever comes first; the other half is kept for the ports in equal parts,
/// so that a flood on one of them leaves the others room. Some beyond those that are served are
/// kept for connections that are being refused: they have to be told so.
struct DescriptorShares {
    /// Sockets of all ports together, those of refused connections included.
    let socketCountMax: Int
    /// How many of them only refused connections may take.
    let refusalCountMax: Int
    /// Accepted and not closed, by port.
    private var counts: [Int: Int] = [:]
    private var portCount = 0

    /// - Parameters:
    ///   - descriptorCount: how many the process may have open.
    ///   - ownCount: how many it needs for files, event loops and its own calls; half of them all
    ///     at the most, so that even the least limit leaves room for somebody.
    init(descriptorCount: Int, ownCount: Int) {
        socketCountMax = max(2, descriptorCount - min(ownCount, descriptorCount / 2))
        refusalCountMax = min(64, max(1, socketCountMax / 4))
    }

    /// Connections of all ports together.
    var connectionCountMax: Int { socketCountMax - refusalCountMax }

    mutating func addPort() -> Int {
        portCount += 1
        counts[portCount] = 0
        return portCount
    }

    mutating func removePort(_ port: Int) {
        counts[port] = nil
    }

    mutating func opened(on port: Int) {
        counts[port]? += 1
    }

    mutating func closed(on port: Int) {
        counts[port]? -= 1
    }

    /// How many more sockets the port may have; below 0 if others came first.
    func room(on port: Int) -> Int {
        let kept = connectionCountMax / (2 * max(1, counts.count))
        return counts.reduce(socketCountMax) { room, other in
            room - (other.key == port ? other.value : max(kept, other.value))
        }
    }
}
