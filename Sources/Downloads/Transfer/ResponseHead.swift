/// What the head of an HTTP response says that matters here.
struct ResponseHead {
  private(set) var status = 0
  /// The bytes of the body.
  private(set) var length: Int?
  /// Where the body begins in the file.
  private(set) var rangeStart: Int?
  /// The bytes of the whole file.
  private(set) var total: Int?
  private var entityTag: String?
  private var lastModified: String?
  /// Whether some of the body was received.
  var hasBody = false

  /// What tells whether the file is still the same; a weak tag does not.
  var validator: String? { entityTag ?? lastModified }

  /// Takes a line; a status line begins anew, after a redirection.
  mutating func add(_ line: String) {
    if line.hasPrefix("HTTP/") {
      let words = line.split(separator: " ")
      self = ResponseHead()
      status = words.count > 1 ? Int(words[1]) ?? 0 : 0
      return
    }
    guard let colon = line.firstIndex(of: ":") else { return }
    let value = line[line.index(after: colon)...].trimmed
    switch line[..<colon].lowercased() {
    case "content-length": length = Int(value).flatMap { $0 >= 0 ? $0 : nil }
    case "content-range": readRange(value)
    case "etag": entityTag = value.hasPrefix("\"") ? String(value) : nil
    case "last-modified": lastModified = String(value)
    default: break
    }
  }

  /// `bytes 100-199/1000`, `bytes 100-199/*`, `bytes */1000`.
  private mutating func readRange(_ value: Substring) {
    guard value.lowercased().hasPrefix("bytes ") else { return }
    let parts = value.dropFirst(6).split(separator: "/")
    guard parts.count == 2 else { return }
    rangeStart = parts[0].split(separator: "-").first.flatMap { Int($0) }
    total = Int(parts[1]).flatMap { $0 >= 0 ? $0 : nil }
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
