import TandemCore
import Testing

@Test(arguments: [0, 1, 0xFF, UInt64(Int64.max), .max])
func `a token's text reads back as the same token`(number: UInt64) {
    let token = ConsistencyToken(
        epoch: LogEpoch(rawValue: ~number), position: LogPosition(rawValue: number))
    #expect(ConsistencyToken(token.description) == token)
}

@Test func `a token's text has a fixed form`() {
    let token = ConsistencyToken(
        epoch: LogEpoch(rawValue: 0xABC), position: LogPosition(rawValue: 42))
    #expect(token.description == "0000000000000abc-42")
}

@Test(arguments: [
    "", "-", "42", "0000000000000abc", "0000000000000abc-", "-42", "abc-42",
    "0000000000000abc-+42", "0000000000000abc--42", "+000000000000abc-42",
    "0000000000000abc-42-", "0000000000000abg-42", "0000000000000abc-18446744073709551616",
    "00000000000000abc-42", " 0000000000000abc-42",
])
func `what is not a token's text is refused`(text: String) {
    #expect(ConsistencyToken(text) == nil)
}

@Test(arguments: ["-000000000000000", "+000000000000000", "000000000000000", "é00000000000000"])
func `sixteen characters that are not digits are no number`(text: String) {
    #expect(HexText.value(of: text) == nil)
}

@Test func `hexadecimal text keeps leading zeros`() {
    #expect(HexText.of(UInt64(0)) == "0000000000000000")
    #expect(HexText.of(.max) == "ffffffffffffffff")
    #expect(HexText.of([0x00, 0x0F, 0xF0] as [UInt8]) == "000ff0")
    #expect(HexText.value(of: "00000000000000ff") == 255)
}

@Test func `a cluster's text reads back as the same cluster, and nothing else does`() throws {
    let cluster = try #require(ClusterID(bytes: UInt8(0)..<16))
    #expect(cluster.description == "000102030405060708090a0b0c0d0e0f")
    #expect(ClusterID(cluster.description) == cluster)
    #expect(ClusterID("000102030405060708090a0b0c0d0e") == nil)
    #expect(ClusterID("000102030405060708090a0b0c0d0e0g") == nil)
    #expect(ClusterID(bytes: UInt8(0)..<15) == nil)
}
