// One `import Tandem` is enough for an author: what a domain is written with lies in these modules,
// and each of them makes public no more than that.
@_exported public import DocumentStore
@_exported public import Projection
@_exported public import SwiftProtobuf
@_exported public import TandemCore
@_exported public import TandemDomain
@_exported public import Transport
@_exported public import WriteStore
