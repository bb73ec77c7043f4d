import Foundation
import GRDB
import TandemCore
import Testing

@testable import WriteStore

/// What a start makes of a data directory in which something is missing.
@Suite struct LogMarkTests {
    /// A directory with a log of two events, as an orderly stop leaves it.
    private func stopped() throws -> TestDirectory {
        let directory = try TestDirectory()
        let notes = try StoreHarness(in: directory)
        for id in 1...2 as ClosedRange<Int64> { _ = notes.run(UInt64(id), NoteStatements.note(id)) }
        notes.store.shutDown()
        return directory
    }

    /// The same as a kill leaves it: the mark, the log beside the database, no checkpoint.
    private func killed() throws -> TestDirectory {
        let notes = try StoreHarness()
        for id in 1...2 as ClosedRange<Int64> { _ = notes.run(UInt64(id), NoteStatements.note(id)) }
        let copy = try TestDirectory()
        for ending in ["", "-wal", ".mark"] {
            try FileManager.default.copyItem(
                atPath: notes.directory.databasePath + ending, toPath: copy.databasePath + ending)
        }
        return copy
    }

    private func open(
        _ directory: TestDirectory, _ adjust: (inout WriteStoreConfiguration) -> Void = { _ in }
    ) -> WriteStoreError? {
        do {
            try StoreHarness(in: directory, adjust).store.shutDown()
            return nil
        } catch {
            return error as? WriteStoreError
        }
    }

    private func mark(of directory: TestDirectory) throws -> LogMark? {
        LogMark(try String(contentsOfFile: directory.databasePath + ".mark", encoding: .utf8))
    }

    /// Name and content of all files but SQLite's shared memory, and but a log that holds nothing:
    /// SQLite makes both for whoever reads.
    private func content(of directory: TestDirectory) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        var files: [String: Data] = [:]
        for name in names where !name.hasSuffix("-shm") {
            let url = URL(fileURLWithPath: directory.path + "/" + name)
            let content = try Data(contentsOf: url)
            if content.isEmpty, name.hasSuffix("-wal") { continue }
            files[name] = content
        }
        return files
    }

    private func empty(_ path: String) throws {
        try Data().write(to: URL(fileURLWithPath: path))
    }

    @Test func `a mark tells the log, that it is in use, and at the end how far it got`() throws {
        let directory = try TestDirectory()
        let notes = try StoreHarness(in: directory)
        let new = try #require(try mark(of: directory))
        #expect(new.epoch == notes.store.epoch)
        #expect(new.clusterID.bytes == notes.store.clusterID)
        #expect(new.state == .inUse, "the tables are in the write-ahead log only")
        notes.store.shutDown()
        #expect(try mark(of: directory)?.state == .clean)
        let again = try StoreHarness(in: directory)
        #expect(try mark(of: directory)?.state == .clean)
        _ = again.run(1, NoteStatements.note(1))
        #expect(try mark(of: directory)?.state == .inUse, "before the answer")
        _ = again.run(2, NoteStatements.note(2))
        again.store.shutDown()
        let last = try #require(try mark(of: directory))
        #expect(last.state == .clean)
        #expect(last.head.rawValue == 2)
        #expect(last.epoch == notes.store.epoch)
    }

    @Test func `a group that wrote nothing asks for no write-ahead log`() throws {
        let directory = try stopped()
        let notes = try StoreHarness(in: directory)
        let late = notes.command(9, NoteStatements.note(9), deadline: .now - .seconds(1))
        #expect(notes.submit(late))
        #expect(notes.inbox.wait(for: 1).first?.reason == "DEADLINE_EXCEEDED")
        #expect(try mark(of: directory)?.state == .clean)
        // As a kill would leave it: the log's file is there, and holds nothing.
        let copy = try TestDirectory()
        for ending in ["", "-wal", ".mark"] {
            try FileManager.default.copyItem(
                atPath: directory.databasePath + ending, toPath: copy.databasePath + ending)
        }
        #expect(try copy.fileBytes("-wal") == 0)
        #expect(open(copy) == nil)
    }

    @Test(arguments: ["missing", "empty", "something else"])
    func `a database that is lost stops the start, and nothing is changed`(how: String) throws {
        for directory in [try stopped(), try killed()] {
            switch how {
            case "missing": try FileManager.default.removeItem(atPath: directory.databasePath)
            case "empty": try empty(directory.databasePath)
            default:
                try Data("something else".utf8).write(
                    to: URL(fileURLWithPath: directory.databasePath))
            }
            let before = try content(of: directory)
            let error = open(directory)
            guard case .logLost = error else {
                Issue.record("\(how): \(error.map(\.description) ?? "started")")
                continue
            }
            #expect(error?.description.contains("--begin-anew") == true)
            #expect(
                try content(of: directory)
                    == before.merging(["write.sqlite.lock": Data()]) { $1 })
        }
    }

    @Test(arguments: [true, false])
    func `a write-ahead log that is lost after a kill stops the start`(isEmptied: Bool) throws {
        let directory = try killed()
        #expect(open(directory) == nil, "whole, it starts")
        let torn = try killed()
        let log = torn.databasePath + "-wal"
        if isEmptied { try empty(log) } else { try FileManager.default.removeItem(atPath: log) }
        let error = open(torn)
        guard case .writeAheadLogLost = error else {
            Issue.record("\(error.map(\.description) ?? "started")")
            return
        }
        // The way out that the message gives.
        try FileManager.default.removeItem(atPath: torn.databasePath + ".mark")
        #expect(open(torn) == nil)
    }

    @Test func `a write-ahead log that a start refused is still there`() throws {
        let directory = try killed()
        let newer = NoteStatements.migrations
        #expect(throws: WriteStoreError.self) {
            try StoreHarness(in: directory, migrations: Array(newer.dropLast()))
        }
        #expect(open(directory) == nil)
    }

    @Test func `another server's database is not taken for this one's`() throws {
        let directory = try stopped()
        let other = try stopped()
        try FileManager.default.removeItem(atPath: directory.databasePath)
        try FileManager.default.copyItem(
            atPath: other.databasePath, toPath: directory.databasePath)
        guard case .anotherLog(_, _, let expected, let found) = open(directory) else {
            Issue.record("started")
            return
        }
        #expect(try mark(of: directory)?.epoch == expected)
        #expect(try mark(of: other)?.epoch == found)
    }

    @Test func `an older database stops the start until its mark is moved away`() throws {
        let directory = try stopped()
        let backup = try Data(contentsOf: URL(fileURLWithPath: directory.databasePath))
        let notes = try StoreHarness(in: directory)
        _ = notes.run(3, NoteStatements.note(3))
        notes.store.shutDown()
        try backup.write(to: URL(fileURLWithPath: directory.databasePath))
        guard case .olderThanMark(_, _, let head, let known) = open(directory) else {
            Issue.record("started")
            return
        }
        #expect([head.rawValue, known.rawValue] == [2, 3])
        try FileManager.default.removeItem(atPath: directory.databasePath + ".mark")
        #expect(open(directory) == nil)
    }

    @Test(arguments: [
        "", "tandem-mark 2\n", "tandem-mark 1\ncluster x\nepoch y\nstate z\nhead\n",
    ])
    func `a mark that can't be read stops the start`(text: String) throws {
        let directory = try stopped()
        let path = directory.databasePath + ".mark"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        #expect(open(directory) == .unreadableMark(mark: path))
    }

    @Test func `a mark's every damaged byte is noticed or harmless`() throws {
        let directory = try stopped()
        let whole = try #require(try mark(of: directory))
        #expect(LogMark(whole.text) == whole)
        for count in 0..<whole.text.utf8.count {
            #expect(LogMark(String(whole.text.prefix(count))) == nil)
        }
    }

    @Test func `documents without a log beside them stop the start`() throws {
        let directory = try TestDirectory()
        let copy = directory.path + "/read.sqlite"
        try Data("documents".utf8).write(to: URL(fileURLWithPath: copy))
        let error = open(directory) { $0.copyPath = copy }
        #expect(error == .orphan(of: directory.databasePath, orphan: copy))
        #expect(open(directory) == nil, "where none are kept, nobody looks for them")
    }

    @Test func `a write-ahead log without its database stops the start`() throws {
        let directory = try killed()
        for ending in ["", ".mark"] {
            try FileManager.default.removeItem(atPath: directory.databasePath + ending)
        }
        let log = directory.databasePath + "-wal"
        #expect(open(directory) == .orphan(of: directory.databasePath, orphan: log))
        #expect(FileManager.default.fileExists(atPath: log))
    }

    @Test func `to begin anew sets everything aside and deletes nothing`() throws {
        let directory = try killed()
        try empty(directory.databasePath)
        let copy = directory.path + "/read.sqlite"
        try Data("documents".utf8).write(to: URL(fileURLWithPath: copy))
        let before = try content(of: directory)
        let epoch = try #require(try mark(of: directory)?.epoch)
        let notes = try StoreHarness(in: directory) {
            $0.copyPath = copy
            $0.beginsAnew = true
        }
        #expect(notes.store.head == .beginning)
        #expect(notes.store.epoch != epoch)
        #expect(!FileManager.default.fileExists(atPath: copy))
        let after = try content(of: directory)
        for (name, content) in before {
            let isKept = after.contains { new, kept in
                new.contains(".set-aside-") && kept == content
                    && (name.hasSuffix("-wal") == new.hasSuffix("-wal"))
                    && (name.hasSuffix(".mark") == new.hasSuffix(".mark"))
            }
            #expect(isKept, "\(name) among \(after.keys.sorted())")
        }
        #expect(notes.lines.all.count { $0.contains("--begin-anew") } == before.count)
    }

    @Test func `to begin anew is refused where there are events`() throws {
        for directory in [try stopped(), try killed()] {
            let before = try content(of: directory)
            let error = open(directory) { $0.beginsAnew = true }
            #expect(
                error == .holdsEvents(path: directory.databasePath, head: LogPosition(rawValue: 2)))
            #expect(
                try content(of: directory)
                    == before.merging(["write.sqlite.lock": Data()]) { $1 })
        }
    }

    @Test func `to begin anew in an empty directory begins`() throws {
        #expect(open(try TestDirectory()) { $0.beginsAnew = true } == nil)
    }

    @Test func `a database that came without a mark gets one`() throws {
        let directory = try stopped()
        try FileManager.default.removeItem(atPath: directory.databasePath + ".mark")
        #expect(open(directory) == nil)
        #expect(try mark(of: directory)?.head.rawValue == 2)
    }

    @Test func `files are their user's alone, also those that were open to others`() throws {
        let directory = try TestDirectory()
        // By their modes: a mask of the process would be that of the tests beside this one too.
        func openToAll() throws {
            for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o666], ofItemAtPath: directory.path + "/" + name)
            }
        }
        let first = try StoreHarness(in: directory)
        _ = first.run(7, NoteStatements.note(7))
        first.store.shutDown()
        try openToAll()
        let notes = try StoreHarness(in: directory)
        _ = notes.run(1, NoteStatements.note(1))
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(names.count == 5)
        for name in names {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: directory.path + "/" + name)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
    }
}
