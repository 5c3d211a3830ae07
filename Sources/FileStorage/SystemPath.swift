import Glibc

// To the system a path is bytes without a zero; to Swift it is text. Where the bytes are UTF-8 they are
// taken as they are. Each byte that is no part of a character becomes a scalar of its own, from those
// for private use, and so does each byte of such a scalar itself: bytes -> text -> bytes gives what was
// there, for every name there can be.

/// The scalar of the byte 0; only bytes from 0x80 on need one.
private let firstEscape: UInt32 = 0x10_FE00

/// The first byte that such scalars have in UTF-8.
private let leadOfEscapes: UInt8 = 0xF4

extension Unicode.Scalar {
  /// The byte that this scalar stands for in a path; nil where it stands for itself.
  fileprivate var escapedByte: UInt8? {
    guard value >= firstEscape + 0x80, value <= firstEscape + 0xFF else { return nil }
    return UInt8(value - firstEscape)
  }
}

extension String {
  /// A path, or a part of one, as text; other bytes never give the same text.
  ///
  /// Bytes that are no UTF-8, as in names of older systems, become scalars for private use, U+10FE80 to
  /// U+10FEFF, which ``systemPath`` turns back and ``displayed`` shows as `\xf8`.
  ///
  /// - Parameter bytes: as the system gives them, without the zero at the end.
  public init(systemPath bytes: [UInt8]) {
    if !bytes.contains(leadOfEscapes), let text = String(validating: bytes, as: UTF8.self) {
      self = text
      return
    }
    var scalars = UnicodeScalarView()
    var rest = bytes[...]
    while let first = rest.first {
      let length =
        switch first {
        case ..<0x80: 1
        case ..<0xE0: 2
        case ..<0xF0: 3
        default: 4
        }
      if let text = String(validating: rest.prefix(length), as: UTF8.self),
        let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1,
        scalar.escapedByte == nil
      {
        scalars.append(scalar)
        rest = rest.dropFirst(length)
      } else {
        if let scalar = Unicode.Scalar(firstEscape + UInt32(first)) { scalars.append(scalar) }
        rest = rest.dropFirst()
      }
    }
    self.init(scalars)
  }

  /// The bytes of a path as the system knows it, without a zero at the end.
  ///
  /// Names that differ in these bytes are different files, also where Swift takes the texts for equal:
  /// é may be one scalar or two.
  public var systemPath: [UInt8] { systemPath(withRoomFor: 0) }

  /// The bytes of a path as the system knows it, in an array to which some more may be added.
  fileprivate func systemPath(withRoomFor more: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(utf8.count + more)
    bytes += utf8
    // An array is searched faster than a view of a text.
    guard bytes.contains(leadOfEscapes) else { return bytes }
    return unicodeScalars.flatMap { scalar in scalar.escapedByte.map { [$0] } ?? Array(scalar.utf8)
    }
  }

  /// A text from outside as it may be shown on one line: what could steer a terminal or turn the line
  /// around stands as it would be typed, `\x1b` or `\u{202e}`, and a byte that is no text as `\xf8`.
  public var displayed: String {
    guard unicodeScalars.contains(where: { $0.shownInHexadecimal != nil }) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      if let shown = scalar.shownInHexadecimal {
        text += shown
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }
}

extension Unicode.Scalar {
  /// What ``Swift/String/displayed`` writes in the place of this scalar; nil for the scalar itself.
  fileprivate var shownInHexadecimal: String? {
    if value >= 0x20, value < 0x7F { return nil }
    if let escapedByte { return "\\x" + String(escapedByte, radix: 16) }
    switch properties.generalCategory {
    case .control where value < 0x80:
      return (value < 0x10 ? "\\x0" : "\\x") + String(value, radix: 16)
    // The joiners shape letters and pictures and steer nothing.
    case .format where value == 0x200C || value == 0x200D: return nil
    case .control, .format, .lineSeparator, .paragraphSeparator:
      return "\\u{" + String(value, radix: 16) + "}"
    default: return nil
    }
  }
}

/// Hands a path to a system call, or to a library that makes one.
///
/// - Parameters:
///   - path: a path as ``Swift/String/init(systemPath:)`` makes it.
///   - body: is given its bytes, with a zero at the end, for as long as it runs. A text with a zero in
///     it names no file: the body is given the empty path, which is none either.
/// - Returns: what the body returns.
/// - Throws: what the body throws.
@unsafe public func withSystemPath<Result, Failure: Error>(
  _ path: String, _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
) throws(Failure) -> Result {
  var bytes = path.systemPath(withRoomFor: 1)
  if bytes.contains(0) { bytes = [] }
  bytes.append(0)
  // The array ends with the zero that makes it a C string, and lives until the body is done. C's characters have the
  // size of its bytes.
  return try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(Failure) in
    guard let start = buffer.baseAddress else { preconditionFailure("an array of one has a place") }
    return try unsafe start.withMemoryRebound(to: CChar.self, capacity: buffer.count, body)
  }
}
