import Foundation

/// A file, read piece by piece.
package struct FileSource: ByteSource {
    private let path: String
    private let handle: FileHandle
    /// The file's size when it was opened.
    package let byteCount: Int
    private static let pieceByteCount = 1 << 18

    package init(path: String) throws(FileFailure) {
        self.path = path
        do {
            handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            byteCount = Int(clamping: try handle.seekToEnd())
            try handle.seek(toOffset: 0)
        } catch {
            throw FileFailure(path: path, reason: Self.reason(error))
        }
    }

    package func read() throws(FileFailure) -> [UInt8] {
        do {
            return [UInt8](try handle.read(upToCount: Self.pieceByteCount) ?? Data())
        } catch {
            throw FileFailure(path: path, reason: Self.reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileNoSuchFile, .fileReadNoSuchFile: "there is no such file"
        case .fileReadNoPermission: "there is no permission to read it"
        default: "it can't be read (\((error as NSError).localizedDescription))"
        }
    }
}
