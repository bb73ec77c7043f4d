package import SwiftProtobuf

/// The messages of a method: what it is asked with, and what it answers, once or many times.
package struct MethodMessages: Sendable {
    package let request: any Message.Type
    package let reply: any Message.Type
    /// What the elements of a request are counted by.
    package let requestShape: MessageShape

    /// O(messages inside the request): for the start, not for a call.
    ///
    /// - Parameter isScannedWhole: whether elements of inner messages are counted; otherwise only
    ///   the request's own fields are.
    package init(
        request: any Message.Type, reply: any Message.Type, isScannedWhole: Bool = true
    ) {
        self.request = request
        self.reply = reply
        requestShape = isScannedWhole ? MessageShape(of: request) : .flat
    }
}
