package import SwiftProtobuf

/// Which fields of a message hold messages or lists of numbers: what a ``MessageScan`` looks into.
///
/// Found by asking the generated code, so that nobody has to write it down.
package struct MessageShape: Sendable {
    /// What a field holds that can't be told from its bytes.
    enum Content: Hashable, Sendable {
        /// A number, or bytes that mean nothing here.
        case opaque
        case message(node: Int)
        case varints
        /// Numbers of so many bytes each.
        case fixed(byteCount: Int)
    }

    /// By message, then by field number; a number beyond the last entry is opaque.
    fileprivate(set) var nodes: [[Content]]

    /// Only the message's own fields are counted.
    package static let flat = MessageShape(nodes: [[]])

    /// Fields of messages are found up to this number. Asked once for each message, at the start.
    static let fieldNumberMax = 4_095

    private init(nodes: [[Content]]) {
        self.nodes = nodes
    }

    /// O(messages inside × ``fieldNumberMax``): for the start, not for a call.
    package init(of type: any Message.Type) {
        let finder = ShapeFinder()
        _ = finder.node(of: type)
        self.init(nodes: finder.nodes)
    }

    func content(of field: UInt64, in node: Int) -> Content {
        let fields = nodes[node]
        return field < UInt64(fields.count) ? fields[Int(field)] : .opaque
    }
}

/// Collects the nodes of a shape; a message that contains itself has one node.
final class ShapeFinder {
    private(set) var nodes: [[MessageShape.Content]] = []
    private var numbers: [ObjectIdentifier: Int] = [:]

    func node(of type: any Message.Type) -> Int {
        if let known = numbers[ObjectIdentifier(type)] { return known }
        let number = addNode()
        numbers[ObjectIdentifier(type)] = number
        fill(number, type)
        return number
    }

    /// A map is a list of messages with a key, 1, and a value, 2.
    func nodeOfMap(to value: (any Message.Type)?) -> Int {
        let number = addNode()
        if let value { set(.message(node: node(of: value)), of: 2, in: number) }
        return number
    }

    func set(_ content: MessageShape.Content, of field: Int, in node: Int) {
        let missing = field + 1 - nodes[node].count
        if missing > 0 { nodes[node] += Array(repeating: .opaque, count: missing) }
        nodes[node][field] = content
    }

    private func addNode() -> Int {
        nodes.append([])
        return nodes.count - 1
    }

    private func fill(_ number: Int, _ type: any Message.Type) {
        var probe = ShapeProbe(finder: self, node: number)
        var message = type.init()
        // The probe's methods throw nothing.
        do { try message.decodeMessage(decoder: &probe) } catch {
            preconditionFailure("A message's fields can't be listed: \(error)")
        }
    }
}
