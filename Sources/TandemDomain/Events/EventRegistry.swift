import SwiftProtobuf
import TandemCore

/// The events that a domain writes, and those that its logs may hold, by name.
struct EventRegistry: Sendable {
    /// The names of those that are written, by their types.
    private let names: [ObjectIdentifier: String]
    private let readers: [String: Reader]
    /// As what type each of them is read today, by name.
    private let types: [String: ObjectIdentifier]

    /// An event, read from the log.
    private typealias Reader = @Sendable ([UInt8]) throws -> any Event

    init(_ events: [any Event.Type], retired: [any RetiredEvent.Type]) throws(DomainMistake) {
        var names: [ObjectIdentifier: String] = [:]
        var readers: [String: Reader] = [:]
        var types: [String: ObjectIdentifier] = [:]
        for event in events {
            names[ObjectIdentifier(event)] = event.eventName
            types[event.eventName] = ObjectIdentifier(event)
            guard readers.updateValue(Self.reader(of: event), forKey: event.eventName) == nil else {
                throw .twoEventsOfOneName(event.eventName)
            }
        }
        for event in retired {
            guard readers.updateValue(Self.upcaster(of: event), forKey: event.eventName) == nil
            else { throw .twoEventsOfOneName(event.eventName) }
        }
        for event in retired {
            guard let successor = Self.lastSuccessor(of: event, stepsMax: retired.count) else {
                throw .endlessUpcast(event.eventName)
            }
            types[event.eventName] = ObjectIdentifier(successor)
            guard names[ObjectIdentifier(successor)] != nil else {
                throw .deadUpcast(event.eventName, to: successor.eventName)
            }
        }
        self.names = names
        self.readers = readers
        self.types = types
    }

    /// The type as which an event of that name is read; `nil` if no event has it.
    func writtenType(_ name: String) -> ObjectIdentifier? { types[name] }

    /// The name of an event that may be written; `nil` of all others.
    func name(of event: any Event.Type) -> String? { names[ObjectIdentifier(event)] }

    /// The event of that name with that payload, as it is written today; `nil` if no event has the
    /// name.
    func event(_ name: String, _ payload: [UInt8]) throws -> (any Event)? {
        try readers[name].map { try $0(payload) }
    }

    private static func reader<E: Event>(of type: E.Type) -> Reader {
        { try E(serializedBytes: $0) }
    }

    private static func upcaster<E: RetiredEvent>(of type: E.Type) -> Reader {
        { try upcast(try E(serializedBytes: $0)) }
    }

    private static func upcast(_ event: some RetiredEvent) throws -> any Event {
        let successor = try event.upcast()
        if let retired = successor as? any RetiredEvent { return try upcast(retired) }
        return successor
    }

    /// `nil` if there is none after so many steps: they go in a circle.
    private static func lastSuccessor(
        of type: any RetiredEvent.Type, stepsMax: Int
    ) -> (any Event.Type)? {
        let successor = Self.successor(of: type)
        guard let retired = successor as? any RetiredEvent.Type else { return successor }
        return stepsMax > 1 ? lastSuccessor(of: retired, stepsMax: stepsMax - 1) : nil
    }

    private static func successor<E: RetiredEvent>(of type: E.Type) -> any Event.Type {
        E.Successor.self
    }
}
