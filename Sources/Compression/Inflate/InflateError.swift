/// Why bytes are not the zlib stream that they should be.
package enum InflateError: Error, Equatable {
    /// Not a zlib stream, or one that breaks off.
    case malformed
    /// The stream holds fewer bytes than promised.
    case short
    /// The stream holds more bytes than promised.
    case long
    /// Something follows the stream.
    case trailingBytes
    /// The contents differ from what was deflated (Adler-32).
    case badChecksum
    /// The stream was made with another dictionary than the one given, with one where none was
    /// given, or without one where one was.
    case dictionaryMismatch
}
