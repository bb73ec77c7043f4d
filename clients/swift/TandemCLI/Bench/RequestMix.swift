import ArgumentParser

/// What a benchmark of the orders shop sends.
package enum ShopRequest: String, CaseIterable, Sendable {
    /// One order.
    case get
    /// The newest orders of a user.
    case list
    /// A new order.
    case place
}

/// How often each kind of request comes: `get=90,list=9,place=1`.
package struct RequestMix: ExpressibleByArgument, Hashable, Sendable {
    private let weights: [ShopRequest: Int]

    /// Ninety-nine reads a write.
    package static let usual = RequestMix([.get: 90, .list: 9, .place: 1])

    /// Nothing but that.
    package static func only(_ kind: ShopRequest) -> RequestMix { RequestMix([kind: 1]) }

    private init(_ weights: [ShopRequest: Int]) {
        self.weights = weights.filter { $0.value > 0 }
    }

    package init?(argument: String) {
        var weights: [ShopRequest: Int] = [:]
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let kind = ShopRequest(rawValue: String(sides[0])),
                let weight = UInt16(sides[1]), weights[kind] == nil
            else { return nil }
            weights[kind] = Int(weight)
        }
        guard weights.values.contains(where: { $0 > 0 }) else { return nil }
        self.init(weights)
    }

    /// As it is written.
    package var defaultValueDescription: String {
        kinds.map { "\($0.rawValue)=\(weights[$0] ?? 0)" }.joined(separator: ",")
    }

    /// Those that come at all.
    package var kinds: [ShopRequest] { ShopRequest.allCases.filter { weights[$0] != nil } }

    package func next(using generator: inout some RandomNumberGenerator) -> ShopRequest {
        var roll = Int.random(in: 0..<weights.values.reduce(0, +), using: &generator)
        for kind in kinds {
            roll -= weights[kind] ?? 0
            if roll < 0 { return kind }
        }
        preconditionFailure("The roll is less than all weights together.")
    }
}
