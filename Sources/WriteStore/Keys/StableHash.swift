/// FNV-1a of a text: the same number in every process and release, for what a file keeps.
enum StableHash {
    static func of(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash
    }

    /// 47 bits of it, the longest number that SQLite keeps in six bytes with its sign: two of a
    /// thousand names are the same once in 280 million.
    static func number(of name: String) -> Int64 {
        let hash = of(name)
        return Int64((hash ^ hash >> 48) & 0x7FFF_FFFF_FFFF)
    }
}
