import NIOCore
import Testing

@testable import Wire

@Test(arguments: [
    ("", 1), ("{}", 2), (#"{"a":1}"#, 3), (#"{"a":1,"b":[1,2,3]}"#, 8),
    (#"{"a":",:{["}"#, 3), (#"{"a":"\",,,"}"#, 3), (#"{"a":"\\",",":1}"#, 5), (#""\"#, 1),
])
func `values and names of JSON are counted, and what stands in strings isn't`(
    text: String, count: Int
) {
    let body = ByteBuffer(string: text)
    #expect(JSONScan.elementCount(in: body, elementCountMax: 100) == count)
    #expect(JSONScan.elementCount(in: body, elementCountMax: count) == count)
    #expect(JSONScan.elementCount(in: body, elementCountMax: count - 1) == (count == 1 ? 1 : nil))
}
