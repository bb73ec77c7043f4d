import OrdersEvents
import OrdersMessages
import Tandem

/// What events make of users, and of the orders that hold something of theirs.
enum UserViews {
    @ViewsBuilder static var all: [any View] {
        When(UserRegistered.self) { event, documents in
            try documents.save(
                User.with {
                    $0.userID = event.userID
                    $0.email = event.email
                    $0.name = event.name
                    $0.registeredAtUs = documents.recordedAt.microseconds
                    $0.version = documents.version
                })
        }
        change(UserEmailChanged.self) { user, event, _ in user.email = event.email }
        UpdateAll(
            UserEmailChanged.self,
            { try Order.byUser.matching($0.userID) },
            change: { order, event in order.userEmail = event.email })
        change(UserRenamed.self) { user, event, _ in user.name = event.name }
        UpdateAll(
            UserRenamed.self,
            { try Order.byUser.matching($0.userID) },
            change: { order, event in order.userName = event.name })
    }
}
