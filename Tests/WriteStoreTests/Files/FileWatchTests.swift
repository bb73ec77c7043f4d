import Foundation
import Testing

@testable import WriteStore

@Suite struct FileWatchTests {
    @Test func `a file that is removed or replaced is noticed, one that is written to is not`()
        throws
    {
        let directory = try TestDirectory()
        let path = directory.databasePath
        let url = URL(fileURLWithPath: path)
        try Data("one".utf8).write(to: url)
        let watch = FileWatch([path, directory.path + "/never-there"])
        #expect(watch.finding() == nil)
        let file = try FileHandle(forWritingTo: url)
        try file.write(contentsOf: Data("two".utf8))
        try file.close()
        #expect(watch.finding() == nil)
        try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
        #expect(watch.finding()?.contains("removed") == true)
        try Data("one".utf8).write(to: url)
        #expect(watch.finding()?.contains("replaced") == true)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: path + ".old", toPath: path)
        #expect(watch.finding() == nil)
        try FileManager.default.moveItem(atPath: directory.path, toPath: directory.path + ".moved")
        #expect(watch.finding()?.contains("removed") == true)
        try FileManager.default.moveItem(atPath: directory.path + ".moved", toPath: directory.path)
    }
}
