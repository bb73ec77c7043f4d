// One `import TandemClient` is enough for an application: its methods, tokens, keys and rejections'
// codes are TandemCore's, its messages SwiftProtobuf's.
@_exported public import SwiftProtobuf
@_exported public import TandemCore
