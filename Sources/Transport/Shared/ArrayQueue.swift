/// First in, first out, in amortized O(1).
package struct ArrayQueue<Element> {
    private var elements: [Element?] = []
    private var head = 0

    package var isEmpty: Bool { head == elements.count }
    package var count: Int { elements.count - head }

    package init() {}

    package mutating func append(_ element: Element) {
        elements.append(element)
    }

    /// The first one first.
    var all: [Element] { elements[head...].compactMap(\.self) }

    /// O(n), and no copy unless one goes.
    mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        guard elements[head...].contains(where: { $0.map(isUnwanted) ?? false }) else { return }
        elements = elements[head...].filter { $0.map { !isUnwanted($0) } ?? false }
        head = 0
    }

    var first: Element? { isEmpty ? nil : elements[head] }

    package mutating func removeFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        if head > 64, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}
