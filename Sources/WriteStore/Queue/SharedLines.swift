/// Lines of elements, each first in, first out, which share their memory: once as many have waited,
/// none costs an allocation.
struct SharedLines<Element> {
    /// One line's ends.
    struct Line {
        fileprivate var first = -1
        fileprivate var last = -1

        var isEmpty: Bool { first < 0 }
    }

    private struct Place {
        var element: Element?
        var byteCount: Int
        /// Behind it in its line, or in the line of free places; -1: none.
        var next: Int
    }

    private var places: [Place] = []
    private var firstFree = -1

    mutating func append(_ element: Element, byteCount: Int, to line: inout Line) {
        let index: Int
        if firstFree >= 0 {
            index = firstFree
            firstFree = places[index].next
            places[index] = Place(element: element, byteCount: byteCount, next: -1)
        } else {
            index = places.count
            places.append(Place(element: element, byteCount: byteCount, next: -1))
        }
        if line.isEmpty { line.first = index } else { places[line.last].next = index }
        line.last = index
    }

    /// What the line's first element holds; `nil` if the line is empty.
    func firstByteCount(of line: Line) -> Int? {
        line.isEmpty ? nil : places[line.first].byteCount
    }

    mutating func removeFirst(of line: inout Line) -> Element? {
        guard !line.isEmpty else { return nil }
        let index = line.first
        line.first = places[index].next
        if line.isEmpty { line.last = -1 }
        defer {
            places[index] = Place(element: nil, byteCount: 0, next: firstFree)
            firstFree = index
        }
        return places[index].element
    }
}
