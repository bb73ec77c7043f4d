public import DocumentStore
public import SwiftProtobuf
public import TandemCore

/// How a component of an index takes its place among a key's bytes, and how many it has.
public enum IndexEncoding: Hashable, Sendable {
    /// Numbers without a sign, most significant byte first.
    case unsigned(byteCount: Int)
    /// Numbers with a sign, so that negative ones come first.
    case signed(byteCount: Int)
    /// The first bytes of a text in UTF-8, filled up with zeros.
    case text(byteCount: Int)
    /// Sixteen bytes of a text's SHA-256: for equality only, of texts of any length.
    case digest

    /// How many bytes of the key it takes.
    @inlinable public var byteCount: Int {
        switch self {
        case .unsigned(let count), .signed(let count), .text(let count): count
        case .digest: 16
        }
    }
}

/// What a document can be found and ordered by: numbers, truth values, times, enumerations, texts.
public protocol IndexValue: Sendable {
    /// Appends the value to a key; false if it has no place in this encoding, which is then
    /// another's.
    func append(to key: inout DocumentKey, as encoding: IndexEncoding) -> Bool
}

/// A value of which all have the same encoding: all but texts.
public protocol FixedIndexValue: IndexValue {
    /// How all values of the type are written into an index's keys.
    static var indexEncoding: IndexEncoding { get }
}

extension FixedIndexValue where Self: FixedWidthInteger & UnsignedInteger {
    @inlinable public static var indexEncoding: IndexEncoding { .unsigned(byteCount: bitWidth / 8) }

    @inlinable public func append(to key: inout DocumentKey, as encoding: IndexEncoding) -> Bool {
        guard encoding == Self.indexEncoding else { return false }
        key.append(UInt64(self), byteCount: encoding.byteCount)
        return true
    }
}

extension FixedIndexValue where Self: FixedWidthInteger & SignedInteger {
    @inlinable public static var indexEncoding: IndexEncoding { .signed(byteCount: bitWidth / 8) }

    @inlinable public func append(to key: inout DocumentKey, as encoding: IndexEncoding) -> Bool {
        guard encoding == Self.indexEncoding else { return false }
        // The sign bit turned over, negative numbers come before the others.
        let bits = UInt64(bitPattern: Int64(self)) ^ (1 << UInt64(Self.bitWidth - 1))
        key.append(bits, byteCount: encoding.byteCount)
        return true
    }
}

extension UInt64: FixedIndexValue {}
extension UInt32: FixedIndexValue {}
extension Int64: FixedIndexValue {}
extension Int32: FixedIndexValue {}

extension Bool: FixedIndexValue {
    @inlinable public static var indexEncoding: IndexEncoding { .unsigned(byteCount: 1) }

    @inlinable public func append(to key: inout DocumentKey, as encoding: IndexEncoding) -> Bool {
        guard encoding == Self.indexEncoding else { return false }
        key.append(self ? 1 : 0, byteCount: 1)
        return true
    }
}

extension Timestamp: FixedIndexValue {
    @inlinable public static var indexEncoding: IndexEncoding { Int64.indexEncoding }

    @inlinable public func append(to key: inout DocumentKey, as encoding: IndexEncoding) -> Bool {
        microseconds.append(to: &key, as: encoding)
    }
}

/// A time of a message, to the microsecond; those before the year -290,000 or so are alike.
extension Google_Protobuf_Timestamp: FixedIndexValue {
    @inlinable public static var indexEncoding: IndexEncoding { Int64.indexEncoding }

    @inlinable public func append(to key: inout DocumentKey, as encoding: IndexEncoding) -> Bool {
        let (micros, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, isSumTooLarge) = micros.addingReportingOverflow(Int64(nanos / 1_000))
        let time = isTooLarge || isSumTooLarge ? (seconds < 0 ? Int64.min : .max) : sum
        return time.append(to: &key, as: encoding)
    }
}

/// An enumeration of the domain's messages, by its number: it conforms by saying so.
extension FixedIndexValue where Self: SwiftProtobuf.Enum {
    @inlinable public static var indexEncoding: IndexEncoding { Int32.indexEncoding }

    @inlinable public func append(to key: inout DocumentKey, as encoding: IndexEncoding) -> Bool {
        Int32(truncatingIfNeeded: rawValue).append(to: &key, as: encoding)
    }
}

extension String: IndexValue {
    @inlinable public func append(to key: inout DocumentKey, as encoding: IndexEncoding) -> Bool {
        switch encoding {
        case .text(let byteCount):
            key.append(text: self, byteCount: byteCount)
        case .digest:
            key.append(digestOf: self)
        case .signed, .unsigned:
            return false
        }
        return true
    }
}
