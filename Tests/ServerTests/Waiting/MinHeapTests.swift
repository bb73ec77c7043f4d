import TestSupport
import Testing

@testable import ReadServer

@Suite struct MinHeapTests {
    @Test(arguments: [0, 1, 2, 3, 10, 1_000])
    func `elements come out in order, whatever order they came in`(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let elements = (0..<count).map { _ in Int.random(in: 0..<500, using: &generator) }
        var heap = MinHeap<Int>()
        for element in elements { heap.insert(element) }
        #expect(heap.count == count)
        var taken: [Int] = []
        while let first = heap.first {
            #expect(heap.removeFirst() == first)
            taken.append(first)
        }
        #expect(taken == elements.sorted())
        #expect(heap.removeFirst() == nil)
    }

    @Test func `what is not wanted any more is dropped, and the rest stays a heap`() {
        var heap = MinHeap<Int>()
        for element in (0..<100).reversed() { heap.insert(element) }
        heap.keepOnly { !$0.isMultiple(of: 3) }
        heap.insert(-1)
        var taken: [Int] = []
        while let first = heap.removeFirst() { taken.append(first) }
        #expect(taken == [-1] + (0..<100).filter { !$0.isMultiple(of: 3) })
    }
}
