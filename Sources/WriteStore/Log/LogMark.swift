internal import TandemCore

/// What a data directory remembers of its log, in a file beside the write database, so that a
/// database that was lost or exchanged is noticed at the next start.
///
///     tandem-mark 1
///     cluster <32 hexadecimal digits>
///     epoch <16 hexadecimal digits>
///     state clean | in-use
///     head <decimal>
///
/// Each line ends with a line feed. A mark that is read otherwise stops the start: guessing could
/// cost the log.
struct LogMark: Hashable, Sendable {
    let clusterID: ClusterID
    let epoch: LogEpoch
    var state: State
    /// A position that was on disk when the mark was written: the log has at least this much.
    var head: LogPosition

    enum State: String, Sendable {
        /// The database's file holds everything that was acknowledged; what the write-ahead log
        /// holds, if there is one, is there too, or was never acknowledged.
        case clean
        /// Acknowledged commits may be in the write-ahead log only.
        case inUse = "in-use"
    }

    /// A longer file is no mark.
    static let byteCountMax = 512
    private static let firstLine = "tandem-mark 1"
}

extension LogMark {
    var text: String {
        """
        \(Self.firstLine)
        cluster \(clusterID)
        epoch \(epoch)
        state \(state.rawValue)
        head \(head)

        """
    }

    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 6, lines[0] == Self.firstLine, lines[5].isEmpty else { return nil }
        func value(_ line: Int, _ name: String) -> Substring? {
            let start = name + " "
            return lines[line].hasPrefix(start) ? lines[line].dropFirst(start.count) : nil
        }
        guard let clusterID = value(1, "cluster").flatMap({ ClusterID(String($0)) }),
            let epoch = value(2, "epoch").flatMap({ HexText.value(of: $0) }),
            let state = value(3, "state").flatMap({ State(rawValue: String($0)) }),
            let head = value(4, "head").flatMap({ UInt64($0) })
        else { return nil }
        self.init(
            clusterID: clusterID, epoch: LogEpoch(rawValue: epoch), state: state,
            head: LogPosition(rawValue: head))
    }
}
