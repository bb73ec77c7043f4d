/// The reasons that are Tandem's own: those of SPEC.md, section "Errors". All others are the
/// domain's.
package enum TandemReason: String, Sendable, CaseIterable {
    case unknownMethod = "UNKNOWN_METHOD"
    case wrongPort = "WRONG_PORT"
    case requestTooLarge = "REQUEST_TOO_LARGE"
    case requestTooComplex = "REQUEST_TOO_COMPLEX"
    case answerTooLarge = "ANSWER_TOO_LARGE"
    case tooManySubscriptions = "TOO_MANY_SUBSCRIPTIONS"
    case tooManyHeldPages = "TOO_MANY_HELD_PAGES"
    case tooManyWaiting = "TOO_MANY_WAITING"
    case pageNotTaken = "PAGE_NOT_TAKEN"
    case keyMissing = "KEY_MISSING"
    case keyExpired = "KEY_EXPIRED"
    case keyReused = "KEY_REUSED"
    case malformedMetadata = "MALFORMED_METADATA"
    case malformedRequest = "MALFORMED_REQUEST"
    case queueFull = "QUEUE_FULL"
    case memoryFull = "MEMORY_FULL"
    case walTooLarge = "WAL_TOO_LARGE"
    case keysFull = "KEYS_FULL"
    case databaseFull = "DATABASE_FULL"
    case rateLimited = "RATE_LIMITED"
    case storageFull = "STORAGE_FULL"
    case storageUnavailable = "STORAGE_UNAVAILABLE"
    case deadlineExceeded = "DEADLINE_EXCEEDED"
    case cancelled = "CANCELLED"
    case internalFailure = "INTERNAL"
    case epochChanged = "EPOCH_CHANGED"
    case beyondHead = "BEYOND_HEAD"
    case readModelBehind = "READ_MODEL_BEHIND"
    case readModelBuilding = "READ_MODEL_BUILDING"
    case readModelStale = "READ_MODEL_STALE"
    case notFound = "NOT_FOUND"
    case invalidCursor = "INVALID_CURSOR"
    case damagedDocument = "DAMAGED_DOCUMENT"
    case damagedRow = "DAMAGED_ROW"
    case logUnreadable = "LOG_UNREADABLE"

    private static let words = Set(allCases.map(\.rawValue))

    /// Whose word a reason is, for ErrorInfo.
    ///
    /// - Parameter service: the package of the service that gave it.
    package static func domain(of reason: String, service: String) -> String {
        words.contains(reason) ? domain : service
    }

    /// The domain of the reasons listed here.
    package static let domain = "tandem"
}
