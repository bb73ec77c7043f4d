import Foundation
import Synchronization
import TandemCore
import WriteStore

/// Positions that were announced.
final class HeadRecorder: Sendable {
    private let heads = Mutex<[LogPosition]>([])

    var all: [LogPosition] { heads.withLock { $0 } }

    func record(_ head: LogPosition) {
        heads.withLock { $0.append(head) }
    }
}

extension TestDirectory {
    func fileBytes(_ suffix: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: databasePath + suffix)
        return attributes[.size] as? Int ?? 0
    }
}

/// Reads the settings of the writer's own connection.
final class PragmaStatements: PreparedStatements {
    private let pragmas: [PreparedStatement]

    init(_ connection: WriteConnection) throws(StorageError) {
        var pragmas: [PreparedStatement] = []
        for name in [
            "synchronous", "foreign_keys", "trusted_schema", "busy_timeout", "cell_size_check",
        ] {
            pragmas.append(try connection.prepare("PRAGMA \(name)"))
        }
        self.pragmas = pragmas
    }

    func values() throws(CommandFailure) -> [UInt8] {
        var values: [UInt8] = []
        for pragma in pragmas {
            let value = try CommandFailure.onStorageError { () throws(StorageError) in
                try pragma.first { row throws(StorageError) in try row.int64(at: 0) }
            }
            values.append(UInt8(clamping: value ?? 255))
        }
        return values
    }
}
