import SwiftProtobuf
import TandemCore

/// Pretends to decode a message in which every field stands, to hear of which kind each is.
///
/// One method for each kind, as the protocol asks; those that have something to tell come first.
struct ShapeProbe: PartialDecoder {
    private let finder: ShapeFinder
    private let node: Int
    private var field = 0

    init(finder: ShapeFinder, node: Int) {
        self.finder = finder
        self.node = node
    }

    mutating func nextFieldNumber() -> Int? {
        guard field < MessageShape.fieldNumberMax else { return nil }
        field += 1
        return field
    }

    private func note(_ content: MessageShape.Content) {
        finder.set(content, of: field, in: node)
    }

    private func noteMessage(_ type: any Message.Type) {
        note(.message(node: finder.node(of: type)))
    }

    // MARK: - Messages and maps

    func decodeSingularMessageField<M: Message>(value: inout M?) { noteMessage(M.self) }
    func decodeRepeatedMessageField<M: Message>(value: inout [M]) { noteMessage(M.self) }

    func decodeMapField<K, V: MapValueType>(
        fieldType: _ProtobufMap<K, V>.Type, value: inout _ProtobufMap<K, V>.BaseType
    ) {
        note(.message(node: finder.nodeOfMap(to: nil)))
    }

    func decodeMapField<K, V>(
        fieldType: _ProtobufEnumMap<K, V>.Type, value: inout _ProtobufEnumMap<K, V>.BaseType
    ) where V.RawValue == Int {
        note(.message(node: finder.nodeOfMap(to: nil)))
    }

    func decodeMapField<K, V>(
        fieldType: _ProtobufMessageMap<K, V>.Type, value: inout _ProtobufMessageMap<K, V>.BaseType
    ) {
        note(.message(node: finder.nodeOfMap(to: V.self)))
    }

    // MARK: - Lists of numbers

    func decodeRepeatedFloatField(value: inout [Float]) { note(.fixed(byteCount: 4)) }
    func decodeRepeatedDoubleField(value: inout [Double]) { note(.fixed(byteCount: 8)) }
    func decodeRepeatedInt32Field(value: inout [Int32]) { note(.varints) }
    func decodeRepeatedInt64Field(value: inout [Int64]) { note(.varints) }
    func decodeRepeatedUInt32Field(value: inout [UInt32]) { note(.varints) }
    func decodeRepeatedUInt64Field(value: inout [UInt64]) { note(.varints) }
    func decodeRepeatedSInt32Field(value: inout [Int32]) { note(.varints) }
    func decodeRepeatedSInt64Field(value: inout [Int64]) { note(.varints) }
    func decodeRepeatedFixed32Field(value: inout [UInt32]) { note(.fixed(byteCount: 4)) }
    func decodeRepeatedFixed64Field(value: inout [UInt64]) { note(.fixed(byteCount: 8)) }
    func decodeRepeatedSFixed32Field(value: inout [Int32]) { note(.fixed(byteCount: 4)) }
    func decodeRepeatedSFixed64Field(value: inout [Int64]) { note(.fixed(byteCount: 8)) }
    func decodeRepeatedBoolField(value: inout [Bool]) { note(.varints) }
    func decodeRepeatedEnumField<E: Enum>(value: inout [E]) where E.RawValue == Int {
        note(.varints)
    }

    /// A number, or bytes that mean nothing here.
    func decodeOther() {}
}
