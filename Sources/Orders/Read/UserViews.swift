import OrdersEvents
import OrdersMessages
import Tandem

/// What events make of users, and of the orders that hold something of theirs.
enum UserViews {
    @ViewsBuilder static var all: [any View] {
        When(Tandem_Orders_Events_V1_UserRegistered.self) { event, documents in
            try documents.save(
                Tandem_Orders_V1_User.with {
                    $0.userID = event.userID
                    $0.email = event.email
                    $0.name = event.name
                    $0.registeredAtUs = documents.recordedAt.microseconds
                    $0.version = documents.version
                })
        }
        change(Tandem_Orders_Events_V1_UserEmailChanged.self) { $0.email = $1.email }
        UpdateAll(
            Tandem_Orders_Events_V1_UserEmailChanged.self,
            { try Tandem_Orders_V1_Order.byUser.matching($0.userID) },
            change: { order, event in order.userEmail = event.email })
        change(Tandem_Orders_Events_V1_UserRenamed.self) { $0.name = $1.name }
        UpdateAll(
            Tandem_Orders_Events_V1_UserRenamed.self,
            { try Tandem_Orders_V1_Order.byUser.matching($0.userID) },
            change: { order, event in order.userName = event.name })
    }

    private static func change<Change: UserEvent>(
        _ event: Change.Type,
        _ change: @escaping @Sendable (inout Tandem_Orders_V1_User, Change) -> Void
    ) -> When {
        When(event) { event, documents in
            try documents.update(Tandem_Orders_V1_User.self, event.userID) {
                change(&$0, event)
                $0.version = documents.version
            }
        }
    }
}
