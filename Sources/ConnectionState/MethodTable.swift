package import Wire
import WireMessages

/// How a method behaves, as WELCOME tells it.
package struct MethodTraits: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case unary
        case stream
    }

    package enum Idempotency: Hashable, Sendable {
        /// Changes nothing.
        case readOnly
        /// Needs an idempotency key.
        case keyed
    }

    package let kind: Kind
    /// A stream without an end of its own: nobody waits for it to finish.
    package let isSubscription: Bool
    package let idempotency: Idempotency
    /// The longest request body in bytes.
    package let bodyByteCountMax: Int

    package init(
        kind: Kind, idempotency: Idempotency, bodyByteCountMax: Int, isSubscription: Bool = false
    ) {
        self.kind = kind
        self.isSubscription = isSubscription
        self.idempotency = idempotency
        self.bodyByteCountMax = bodyByteCountMax
    }
}

extension MethodTraits {
    /// What a page is to the connection that holds it while it waits for credit.
    package static let heldPage = MethodTraits(
        kind: .stream, idempotency: .readOnly, bodyByteCountMax: 0)
}

/// The methods that one port serves, and the names of those that other ports do.
package struct MethodTable: Sendable {
    /// What a name in a client's list stands for.
    package enum Binding: Hashable, Sendable {
        /// The service's method of this number.
        case served(number: Int, MethodTraits)
        case servedElsewhere(name: String, role: ConnectionRole)
        /// Without its name if that is not worth its memory; see ``Agreement``.
        case unknown(name: String?)
    }

    package let role: ConnectionRole
    private var bindings: [String: Binding] = [:]
    package private(set) var names: [String] = []
    /// By the methods' numbers.
    private var shapes: [MessageShape] = []

    package init(role: ConnectionRole) {
        self.role = role
    }

    /// Adds a method of this port; its number is the count of those before it.
    ///
    /// - Parameter request: what its request looks like, for a count of what it costs to decode.
    package mutating func serve(
        _ name: String, _ traits: MethodTraits, request: MessageShape = .flat
    ) {
        bindings[name] = .served(number: names.count, traits)
        names.append(name)
        shapes.append(request)
    }

    /// What the request of the method of this number looks like.
    package func requestShape(_ number: Int) -> MessageShape { shapes[number] }

    /// Adds the name of a method that another port serves, for a better error.
    package mutating func mention(_ name: String, role: ConnectionRole) {
        guard bindings[name] == nil else { return }
        bindings[name] = .servedElsewhere(name: name, role: role)
    }

    package subscript(_ name: String) -> Binding {
        bindings[name] ?? .unknown(name: name)
    }
}

extension MethodTable.Binding {
    /// What WELCOME says of the method.
    package var info: MethodInfo {
        guard case .served(_, let traits) = self else { return MethodInfo() }
        var info = MethodInfo()
        info.known = true
        info.kind = traits.kind == .unary ? .unary : .stream
        info.idempotency = traits.idempotency == .readOnly ? .readOnly : .keyed
        info.maxSize = UInt32(clamping: traits.bodyByteCountMax)
        return info
    }
}
