/// Whether commands have savepoints to be taken back to. Pure.
///
/// With one, SQLite keeps each page as it was before the command, which took a tenth of all that
/// placing an order takes. And few commands need it: of those that are turned down, most have
/// changed nothing yet, and a statement that fails is taken back by SQLite itself. So a group runs
/// without savepoints, and if something has to be taken back, all of it is, and it runs again with
/// them. So do the groups that follow, for a while: somebody who sends such commands without an end
/// costs the others hardly more than the savepoints.
struct SavepointUse {
    private let areAlwaysOn: Bool
    private var groupsLeft = 0

    /// - Parameter areAlwaysOn: whether it can't be told that a command has changed nothing.
    init(areAlwaysOn: Bool) { self.areAlwaysOn = areAlwaysOn }

    /// For how many groups, once they were needed.
    static let groupCount = 64

    var areOn: Bool { areAlwaysOn || groupsLeft > 0 }

    mutating func turnOn() { groupsLeft = Self.groupCount }

    mutating func groupHasEnded() { groupsLeft = max(0, groupsLeft - 1) }
}
