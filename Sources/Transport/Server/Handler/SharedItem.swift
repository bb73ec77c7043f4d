package import NIOCore

/// An ITEM that many connections send: all of them send the same memory.
package struct SharedItem: Sendable {
    let encoding: UInt16
    let rawByteCount: UInt32
    let body: ByteBuffer
    /// What follows the body.
    let ending: ByteBuffer
    /// Kept until the last connection has sent it: whoever counts the memory.
    package let owner: any AnyObject & Sendable

    package init(
        encoding: UInt16, rawByteCount: UInt32, body: ByteBuffer, ending: ByteBuffer,
        owner: any AnyObject & Sendable
    ) {
        self.encoding = encoding
        self.rawByteCount = rawByteCount
        self.body = body
        self.ending = ending
        self.owner = owner
    }

    /// The same for somebody who counts it as well.
    package func owned(by owner: any AnyObject & Sendable) -> SharedItem {
        SharedItem(
            encoding: encoding, rawByteCount: rawByteCount, body: body, ending: ending,
            owner: owner)
    }

    var byteCount: Int { body.readableBytes + ending.readableBytes }
}
