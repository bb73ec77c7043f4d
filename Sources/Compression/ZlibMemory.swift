import CZlib

/// Lends zlib its memory, and takes it back to lend it again.
///
/// Copying a primed stream for each document asks for the same five blocks every time, 160 KiB
/// together; `malloc` would map and clear fresh pages for the large ones. This keeps what was given
/// back, and finds it by its exact size.
final class ZlibMemory {
    private var idle: [Block] = []
    private var lent: [Block] = []

    // Owned by the ZlibMemory from `allocate` to `deinit`; never handed to anybody but zlib.
    @safe struct Block {
        let address: UnsafeMutableRawPointer
        let byteCount: Int
    }

    deinit {
        for block in idle + lent { unsafe block.address.deallocate() }
    }

    /// Makes `stream` take its memory from here. The caller keeps this object alive for as long.
    func serve(_ stream: UnsafeMutablePointer<z_stream>) {
        unsafe stream.pointee.opaque = Unmanaged.passUnretained(self).toOpaque()
        unsafe stream.pointee.zalloc = { opaque, count, size in
            guard let opaque = unsafe opaque else { return nil }
            // `opaque` is what `serve` put there, and alive as `serve` demands.
            let memory = unsafe Unmanaged<ZlibMemory>.fromOpaque(opaque).takeUnretainedValue()
            return unsafe memory.lend(byteCount: Int(count) * Int(size))
        }
        unsafe stream.pointee.zfree = { opaque, address in
            guard let opaque = unsafe opaque, let address = unsafe address else { return }
            let memory = unsafe Unmanaged<ZlibMemory>.fromOpaque(opaque).takeUnretainedValue()
            unsafe memory.takeBack(address)
        }
    }

    private func lend(byteCount: Int) -> UnsafeMutableRawPointer {
        let block: Block
        if let found = idle.firstIndex(where: { $0.byteCount == byteCount }) {
            block = idle.remove(at: found)
        } else {
            block = unsafe Block(
                address: UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64),
                byteCount: byteCount)
        }
        lent.append(block)
        return unsafe block.address
    }

    private func takeBack(_ address: UnsafeMutableRawPointer) {
        guard let found = lent.lastIndex(where: { unsafe $0.address == address }) else {
            preconditionFailure("zlib gave back memory that it was not lent")
        }
        idle.append(lent.remove(at: found))
    }
}
