import Compression
import Foundation
import GRDB
import TandemCore

@testable import DocumentStore

/// Gives changed rows the checksums that they ought to have, as somebody does who means harm.
enum Checksums {
    /// Rows whose values are of wrong types keep what they have.
    static func fit(_ database: Database) throws {
        for row in try Row.fetchAll(database, sql: "SELECT * FROM documents") {
            guard let sum = checksum(ofDocument: row) else { continue }
            let (collection, key): (DatabaseValue, DatabaseValue) = (row["collection"], row["key"])
            try database.execute(
                sql: "UPDATE documents SET checksum = ? WHERE collection = ? AND key = ?",
                arguments: [sum, collection, key])
        }
        for row in try Row.fetchAll(database, sql: "SELECT * FROM unfinished") {
            guard let position = Int64.fromDatabaseValue(row["position"]),
                let sum = checksum(ofEvent: row)
            else { continue }
            try database.execute(
                sql: "UPDATE unfinished SET checksum = ? WHERE position = ?",
                arguments: [sum, position])
        }
        for row in try Row.fetchAll(database, sql: "SELECT * FROM dictionaries") {
            guard let number = Int64.fromDatabaseValue(row["number"]),
                let bytes = Data.fromDatabaseValue(row["bytes"])
            else { continue }
            try database.execute(
                sql: "UPDATE dictionaries SET sha256 = ? WHERE number = ?",
                arguments: [Data(CompressionDictionary(bytes: [UInt8](bytes)).sha256), number])
        }
    }

    private static func checksum(ofDocument row: Row) -> Int64? {
        guard let key = Data.fromDatabaseValue(row["key"]),
            let indexKeys = Data.fromDatabaseValue(row["index_keys"]),
            let body = Data.fromDatabaseValue(row["body"]),
            let collection = Int64.fromDatabaseValue(row["collection"]),
            let encoding = Int64.fromDatabaseValue(row["encoding"]),
            let rawByteCount = Int64.fromDatabaseValue(row["raw_byte_count"]),
            let position = Int64.fromDatabaseValue(row["position"])
        else { return nil }
        return unsafe key.withUnsafeBytes { key in
            unsafe indexKeys.withUnsafeBytes { indexKeys in
                unsafe body.withUnsafeBytes { body in
                    // The data lives through the closures.
                    unsafe FileRow(
                        collection: collection, key: key, encoding: encoding,
                        rawByteCount: rawByteCount, indexKeys: indexKeys, body: body,
                        position: position
                    ).checksum
                }
            }
        }
    }

    private static func checksum(ofEvent row: Row) -> Int64? {
        guard let position = Int64.fromDatabaseValue(row["position"]),
            let stream = String.fromDatabaseValue(row["stream"]),
            let version = Int64.fromDatabaseValue(row["version"]),
            let type = String.fromDatabaseValue(row["type"]),
            let payload = Data.fromDatabaseValue(row["payload"]),
            let metadata = Data.fromDatabaseValue(row["metadata"]),
            let recordedAt = Int64.fromDatabaseValue(row["recorded_at"])
        else { return nil }
        return UnfinishedRow.checksum(
            of: RecordedEvent(
                position: LogPosition(rawValue: UInt64(bitPattern: position)),
                stream: StreamID(rawValue: stream),
                version: StreamVersion(rawValue: UInt64(bitPattern: version)), type: type,
                payload: [UInt8](payload), metadata: [UInt8](metadata),
                recordedAt: Timestamp(microseconds: recordedAt)))
    }
}
