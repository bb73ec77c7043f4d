import Foundation
import TandemCLI
import Testing

@Suite struct ColumnMapTests {
    /// What is said of a users.csv with these first bytes.
    private func problem(_ bytes: [UInt8]) -> CSVProblem? {
        do throws(ImportFailure) {
            _ = try EntityRows(.users, CSVReader(file: "u.csv", source: PiecesSource([bytes])))
            return nil
        } catch {
            guard case .badRow(let problem) = error else { return nil }
            return problem
        }
    }

    private func problem(_ text: String) -> CSVProblem? { problem(Array(text.utf8)) }

    @Test func `a column that stands twice is refused, and both places are told`() {
        let problem = problem("user_id,email,name,email\n1,a@b,A,c@d\n")
        #expect(
            problem?.description
                == "u.csv:1:20: the column email stands twice, as field 2 and as field 4: which "
                + "one is meant? Rename or remove one")
        #expect(self.problem("user_id,email,name,note,note\n") == nil)
    }

    @Test(arguments: [
        ("user_id;email;name\n", "a semicolon"), ("user_id\temail\tname\n", "a tab"),
        ("user_id|email|name\n", "a vertical bar"),
    ])
    func `another separator is told by its name`(text: String, separator: String) {
        #expect(
            problem(text)?.reason.hasPrefix(
                "the columns look separated by \(separator); commas are needed") == true)
    }

    @Test(arguments: [
        (String.Encoding.utf16, "UTF-16"), (.utf16LittleEndian, "UTF-16"),
        (.utf16BigEndian, "UTF-16"), (.utf32, "UTF-32"), (.utf32LittleEndian, "UTF-32"),
    ])
    func `another encoding is told by its name`(encoding: String.Encoding, name: String) throws {
        let data = try #require("user_id,email,name\n1,a@b,A\n".data(using: encoding))
        #expect(problem([UInt8](data))?.reason == "the file looks like \(name): save it as UTF-8")
    }

    @Test func `a file that is no text is told by what it is`() {
        #expect(problem([0x50, 0x4B, 3, 4, 0])?.reason.contains("spreadsheet") == true)
        #expect(problem([0x1F, 0x8B, 8, 0])?.reason.contains("gzip") == true)
    }

    @Test func `a missing column is told with the columns that are there`() {
        #expect(
            problem("User_ID,email,name\n")?.reason
                == "there is no column user_id; the first row has to name the columns "
                + "user_id,email,name. It has 'User_ID', 'email', 'name'")
    }

    @Test func `a byte order mark of UTF-8 and unknown columns are no problem`() {
        #expect(problem("\u{FEFF}note,user_id,email,name\r\n") == nil)
    }

    @Test func `a directory in a file's place is called one`() throws {
        let error = #expect(throws: FileFailure.self) {
            try FileSource(path: FileManager.default.temporaryDirectory.path)
        }
        #expect(error?.reason == "it is a directory; a CSV file is needed there")
        let missing = #expect(throws: FileFailure.self) { try FileSource(path: "/dev/null/x") }
        #expect(missing?.reason.contains("takes the directory that holds") == true)
    }
}
