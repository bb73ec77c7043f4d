// One `import TandemClient` is enough for an application: its methods, tokens, keys and rejections'
// codes are EventModel's, its messages SwiftProtobuf's.
@_exported public import EventModel
@_exported public import SwiftProtobuf
