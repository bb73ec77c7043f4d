// Data is the type of bytes in what is generated.
package import Foundation
package import SwiftProtobuf

/// A decoder of protobuf messages that cares for some kinds of fields only: all others are passed
/// over by ``decodeOther()``.
///
/// SwiftProtobuf asks a decoder for a method of each kind; here they all are, once.
package protocol PartialDecoder: Decoder {
    /// The message has a field of a kind that this decoder has no method of its own for.
    mutating func decodeOther()
}

extension PartialDecoder {
    package mutating func decodeSingularFloatField(value: inout Float) { decodeOther() }
    package mutating func decodeSingularFloatField(value: inout Float?) { decodeOther() }
    package mutating func decodeRepeatedFloatField(value: inout [Float]) { decodeOther() }
    package mutating func decodeSingularDoubleField(value: inout Double) { decodeOther() }
    package mutating func decodeSingularDoubleField(value: inout Double?) { decodeOther() }
    package mutating func decodeRepeatedDoubleField(value: inout [Double]) { decodeOther() }
    package mutating func decodeSingularInt32Field(value: inout Int32) { decodeOther() }
    package mutating func decodeSingularInt32Field(value: inout Int32?) { decodeOther() }
    package mutating func decodeRepeatedInt32Field(value: inout [Int32]) { decodeOther() }
    package mutating func decodeSingularInt64Field(value: inout Int64) { decodeOther() }
    package mutating func decodeSingularInt64Field(value: inout Int64?) { decodeOther() }
    package mutating func decodeRepeatedInt64Field(value: inout [Int64]) { decodeOther() }
    package mutating func decodeSingularUInt32Field(value: inout UInt32) { decodeOther() }
    package mutating func decodeSingularUInt32Field(value: inout UInt32?) { decodeOther() }
    package mutating func decodeRepeatedUInt32Field(value: inout [UInt32]) { decodeOther() }
    package mutating func decodeSingularUInt64Field(value: inout UInt64) { decodeOther() }
    package mutating func decodeSingularUInt64Field(value: inout UInt64?) { decodeOther() }
    package mutating func decodeRepeatedUInt64Field(value: inout [UInt64]) { decodeOther() }
    package mutating func decodeSingularSInt32Field(value: inout Int32) { decodeOther() }
    package mutating func decodeSingularSInt32Field(value: inout Int32?) { decodeOther() }
    package mutating func decodeRepeatedSInt32Field(value: inout [Int32]) { decodeOther() }
    package mutating func decodeSingularSInt64Field(value: inout Int64) { decodeOther() }
    package mutating func decodeSingularSInt64Field(value: inout Int64?) { decodeOther() }
    package mutating func decodeRepeatedSInt64Field(value: inout [Int64]) { decodeOther() }
    package mutating func decodeSingularFixed32Field(value: inout UInt32) { decodeOther() }
    package mutating func decodeSingularFixed32Field(value: inout UInt32?) { decodeOther() }
    package mutating func decodeRepeatedFixed32Field(value: inout [UInt32]) { decodeOther() }
    package mutating func decodeSingularFixed64Field(value: inout UInt64) { decodeOther() }
    package mutating func decodeSingularFixed64Field(value: inout UInt64?) { decodeOther() }
    package mutating func decodeRepeatedFixed64Field(value: inout [UInt64]) { decodeOther() }
    package mutating func decodeSingularSFixed32Field(value: inout Int32) { decodeOther() }
    package mutating func decodeSingularSFixed32Field(value: inout Int32?) { decodeOther() }
    package mutating func decodeRepeatedSFixed32Field(value: inout [Int32]) { decodeOther() }
    package mutating func decodeSingularSFixed64Field(value: inout Int64) { decodeOther() }
    package mutating func decodeSingularSFixed64Field(value: inout Int64?) { decodeOther() }
    package mutating func decodeRepeatedSFixed64Field(value: inout [Int64]) { decodeOther() }
    package mutating func decodeSingularBoolField(value: inout Bool) { decodeOther() }
    package mutating func decodeSingularBoolField(value: inout Bool?) { decodeOther() }
    package mutating func decodeRepeatedBoolField(value: inout [Bool]) { decodeOther() }
    package mutating func decodeSingularStringField(value: inout String) { decodeOther() }
    package mutating func decodeSingularStringField(value: inout String?) { decodeOther() }
    package mutating func decodeRepeatedStringField(value: inout [String]) { decodeOther() }
    package mutating func decodeSingularBytesField(value: inout Data) { decodeOther() }
    package mutating func decodeSingularBytesField(value: inout Data?) { decodeOther() }
    package mutating func decodeRepeatedBytesField(value: inout [Data]) { decodeOther() }

    package mutating func decodeSingularEnumField<E: Enum>(value: inout E) where E.RawValue == Int {
        decodeOther()
    }
    package mutating func decodeSingularEnumField<E: Enum>(value: inout E?)
    where E.RawValue == Int { decodeOther() }
    package mutating func decodeRepeatedEnumField<E: Enum>(value: inout [E])
    where E.RawValue == Int { decodeOther() }

    package mutating func decodeSingularMessageField<M: Message>(value: inout M?) { decodeOther() }
    package mutating func decodeRepeatedMessageField<M: Message>(value: inout [M]) { decodeOther() }

    package mutating func decodeMapField<K, V: MapValueType>(
        fieldType: _ProtobufMap<K, V>.Type, value: inout _ProtobufMap<K, V>.BaseType
    ) { decodeOther() }
    package mutating func decodeMapField<K, V>(
        fieldType: _ProtobufEnumMap<K, V>.Type, value: inout _ProtobufEnumMap<K, V>.BaseType
    ) where V.RawValue == Int { decodeOther() }
    package mutating func decodeMapField<K, V>(
        fieldType: _ProtobufMessageMap<K, V>.Type, value: inout _ProtobufMessageMap<K, V>.BaseType
    ) { decodeOther() }

    // What proto3 does not have.
    package mutating func decodeSingularGroupField<G: Message>(value: inout G?) { decodeOther() }
    package mutating func decodeRepeatedGroupField<G: Message>(value: inout [G]) { decodeOther() }
    package mutating func decodeExtensionField(
        values: inout ExtensionFieldValueSet, messageType: any Message.Type, fieldNumber: Int
    ) { decodeOther() }

    package mutating func handleConflictingOneOf() { decodeOther() }
}
