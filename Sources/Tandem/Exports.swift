// One `import Tandem` is enough for an author: what a domain is written with lies in these modules,
// and each of them makes public no more than that.
@_exported public import Domain
@_exported public import EventModel
@_exported public import EventStore
@_exported public import Projection
@_exported public import SnapshotStore
@_exported public import SwiftProtobuf
@_exported public import Transport
