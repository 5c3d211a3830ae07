extension PartwiseScore {
  /// The endings of MusicXML files' names, in lower case: plain and compressed.
  ///
  /// Many are called `.xml`, as are files of any other kind.
  public static let fileExtensions = ["musicxml", "mxl"]

  /// Whether a file that begins with some bytes can be MusicXML: whether it is XML or a .zip archive.
  public static func mayBegin(with bytes: [UInt8]) -> Bool {
    if isCompressed(bytes) { return true }
    if bytes.starts(with: [0xFE, 0xFF, 0, 0x3C]) || bytes.starts(with: [0xFF, 0xFE, 0x3C, 0]) {
      return true
    }
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    let first = text.prefix(1024).first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return first == UInt8(ascii: "<")
  }

  /// Whether the beginning of a document names MusicXML's root element.
  public static func isNamed(in beginning: [UInt8]) -> Bool {
    guard mayBegin(with: beginning) else { return false }
    // In UTF-16 every other byte is 0.
    let text = String(decoding: beginning.filter { $0 != 0 }, as: UTF8.self)
    return text.contains("score-partwise") || text.contains("score-timewise")
  }
}
