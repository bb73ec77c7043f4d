import Foundation
import Testing

@testable import WriteStore

@Suite struct LogSizeReportTests {
    @Test func `a full disk puts checkpoints off with one line, until one has succeeded`() {
        var report = LogSizeReport(pageCountDue: 8, pageCountMax: 64)
        let lines = (1...5).compactMap { _ in report.putOff("full") }
        #expect(lines.count == 1)
        #expect(lines.first?.contains("full") == true)
        report.didCheckpoint()
        #expect(report.putOff("full again")?.contains("full again") == true)
        #expect(report.putOff("full again") == nil)
    }
}

@Suite struct FolderSynchronisingTests {
    @Test func `only of the parent is it forgiven that it can't be written`() {
        for code in [EINVAL, EROFS, ENOTSUP] {
            #expect(DataFile.isForgiven(code, ofParent: true))
            #expect(DataFile.isForgiven(code, ofParent: false) == (code == EINVAL))
        }
        #expect(!DataFile.isForgiven(EIO, ofParent: true))
    }
}
