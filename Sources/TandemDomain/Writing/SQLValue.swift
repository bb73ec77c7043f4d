public import Foundation
public import SwiftProtobuf
public import TandemCore
public import WriteStore

/// What a column of a table can hold, as a parameter and as a result of a ``Statement`` or a
/// ``Select``.
///
/// Numbers are INTEGER, texts TEXT, bytes BLOB, optional ones NULL where there is nothing.
public protocol SQLValue {
    /// Binds the value to a parameter, counted from 1.
    func bind(to statement: PreparedStatement, at index: Int)

    /// The value of a column, counted from 0, of the row that the statement stands at; a damaged
    /// row if it holds something else.
    static func read(
        _ row: PreparedStatement, at column: Int
    ) throws(StorageError) -> Self
}

extension Int64: SQLValue {
    @inlinable public func bind(to statement: PreparedStatement, at index: Int) {
        statement.bind(index, self)
    }

    @inlinable public static func read(
        _ row: PreparedStatement, at column: Int
    ) throws(StorageError) -> Int64 {
        try row.int64(at: column)
    }
}

extension String: SQLValue {
    @inlinable public func bind(to statement: PreparedStatement, at index: Int) {
        statement.bind(index, self)
    }

    @inlinable public static func read(
        _ row: PreparedStatement, at column: Int
    ) throws(StorageError) -> String {
        try row.text(at: column)
    }
}

extension SQLValue where Self: FixedWidthInteger {
    /// A number that a column has no room for (over 2^63 - 1) fails the statement.
    @inlinable public func bind(to statement: PreparedStatement, at index: Int) {
        guard let value = Int64(exactly: self) else { return statement.refuse(index) }
        statement.bind(index, value)
    }

    /// A damaged row if the column holds a number that this type has no room for.
    @inlinable public static func read(
        _ row: PreparedStatement, at column: Int
    ) throws(StorageError) -> Self {
        let value = try row.int64(at: column)
        guard let number = Self(exactly: value) else { throw .unexpected(value, Self.self) }
        return number
    }
}

extension Int: SQLValue {}
extension Int32: SQLValue {}
extension UInt64: SQLValue {}
extension UInt32: SQLValue {}

extension Bool: SQLValue {
    @inlinable public func bind(to statement: PreparedStatement, at index: Int) {
        statement.bind(index, self ? 1 : 0 as Int64)
    }

    @inlinable public static func read(
        _ row: PreparedStatement, at column: Int
    ) throws(StorageError) -> Bool {
        let value = try row.int64(at: column)
        guard value == 0 || value == 1 else { throw .unexpected(value, Bool.self) }
        return value == 1
    }
}

extension [UInt8]: SQLValue {
    @inlinable public func bind(to statement: PreparedStatement, at index: Int) {
        statement.bind(index, self)
    }

    @inlinable public static func read(
        _ row: PreparedStatement, at column: Int
    ) throws(StorageError) -> [UInt8] {
        try row.blob(at: column)
    }
}

extension Data: SQLValue {
    @inlinable public func bind(to statement: PreparedStatement, at index: Int) {
        statement.bind(index, [UInt8](self))
    }

    @inlinable public static func read(
        _ row: PreparedStatement, at column: Int
    ) throws(StorageError) -> Data {
        Data(try row.blob(at: column))
    }
}

extension Timestamp: SQLValue {
    @inlinable public func bind(to statement: PreparedStatement, at index: Int) {
        statement.bind(index, microseconds)
    }

    @inlinable public static func read(
        _ row: PreparedStatement, at column: Int
    ) throws(StorageError) -> Timestamp {
        Timestamp(microseconds: try row.int64(at: column))
    }
}

extension Optional: SQLValue where Wrapped: SQLValue {
    @inlinable public func bind(to statement: PreparedStatement, at index: Int) {
        if let value = self { value.bind(to: statement, at: index) } else {
            statement.bindNull(index)
        }
    }

    @inlinable public static func read(
        _ row: PreparedStatement, at column: Int
    ) throws(StorageError) -> Wrapped? {
        row.isNull(at: column) ? nil : try Wrapped.read(row, at: column)
    }
}

/// An enumeration of the domain's messages, by its number.
///
/// A message's enumeration conforms by saying so. A number that it has no name for is a damaged
/// row.
extension SQLValue where Self: SwiftProtobuf.Enum & CaseIterable {
    /// Binds the number.
    @inlinable public func bind(to statement: PreparedStatement, at index: Int) {
        statement.bind(index, Int64(rawValue))
    }

    /// The value of that number; a damaged row if there is none.
    @inlinable public static func read(
        _ row: PreparedStatement, at column: Int
    ) throws(StorageError) -> Self {
        let value = try row.int64(at: column)
        guard let known = allCases.first(where: { $0.rawValue == value }) else {
            throw .unexpected(value, Self.self)
        }
        return known
    }
}

extension StorageError {
    /// A number that has no place in its type.
    @usableFromInline static func unexpected(_ value: Int64, _ type: Any.Type) -> StorageError {
        .damagedRow("\(value) is no \(type)")
    }
}
