internal import Dispatch
internal import Foundation

/// Notices that files were removed or replaced under a server that has them open, and would go on
/// writing to what nobody can find any more.
final class FileWatch: Sendable {
    private struct Watched: Sendable {
        let path: String
        let device: dev_t
        let inode: ino_t
    }

    private static let period: DispatchTimeInterval = .milliseconds(250)

    private let watched: [Watched]
    private let stopped = DispatchSemaphore(value: 0)
    private let finished = DispatchGroup()

    /// Watches those of `paths` that are there now.
    init(_ paths: [String]) {
        watched = paths.compactMap { path in
            guard case .at(let device, let inode) = Self.place(of: path) else { return nil }
            return Watched(path: path, device: device, inode: inode)
        }
    }

    /// What is wrong, for the operator; `nil` while every path leads where it led.
    ///
    /// A path that can't be looked at for another reason than that it is gone says nothing.
    func finding() -> String? {
        for file in watched {
            switch Self.place(of: file.path) {
            case .at(file.device, file.inode), .unknown: continue
            case .at: return Self.say(file.path, "replaced")
            case .nowhere: return Self.say(file.path, "removed")
            }
        }
        return nil
    }

    /// Looks several times a second, on a thread of its own; `onGone` must end the process.
    func start(onGone: @escaping @Sendable (String) -> Void) {
        finished.enter()
        let thread = Thread { [self] in
            while stopped.wait(timeout: .now() + Self.period) == .timedOut {
                if let finding = finding() {
                    onGone(finding)
                    break
                }
            }
            finished.leave()
        }
        thread.name = "tandem-watch"
        thread.start()
    }

    /// Once it has returned, nothing is looked at any more. A second call does nothing.
    func stop() {
        stopped.signal()
        finished.wait()
    }

    private static func say(_ path: String, _ what: String) -> String {
        """
        \(path) was \(what) while the server ran. What is written from now on could not be found \
        again, so it stops; put the file back, or start with another data directory.
        """
    }

    /// Where a path leads.
    private enum Place {
        case at(dev_t, ino_t)
        case nowhere
        /// It can't be looked at, which need not mean that it is gone.
        case unknown
    }

    private static func place(of path: String) -> Place {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            return errno == ENOENT || errno == ENOTDIR ? .nowhere : .unknown
        }
        return .at(status.st_dev, status.st_ino)
    }
}
