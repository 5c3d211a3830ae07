import CLibXML2

/// The elements of an XML document, entered one after the other.
///
/// Who enters an element with ``nextChild()`` leaves it: by asking for its children until there are no
/// more, by reading its ``text()``, or with ``skip()``.
///
/// libxml2 reads: nothing is loaded from elsewhere, no entity is expanded, and its own limits of depth and
/// length hold.
@safe
struct XMLReader: ~Copyable {
  /// The most attributes of an element, and the most namespaces that a document declares: libxml2
  /// compares each with each.
  static let mostAttributes = 64

  private let reader: xmlTextReaderPtr
  private let memory: UnsafeMutableRawBufferPointer
  /// Whether the element that was entered last has no content and no end tag.
  private var isAtEmptyElement = false

  /// Begins a document.
  ///
  /// - Parameter bytes: the document, in UTF-8 or what its XML declaration says.
  /// - Throws: ``MusicXMLError`` for what is not read at all.
  init(_ bytes: [UInt8]) throws(MusicXMLError) {
    // The encoding is the one that was found here: the library must not see other tags than the check does.
    let options =
      XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
      | XML_PARSE_NOCDATA.rawValue | XML_PARSE_BIG_LINES.rawValue | XML_PARSE_IGNORE_ENC.rawValue
    let decoded = utf16Decoded(bytes)
    let document = decoded ?? bytes
    guard !document.isEmpty else { throw MusicXMLError(.empty) }
    let declared = try encoding(of: document)
    // A document that was decoded already still names what it was.
    let encoding = decoded == nil ? declared : "UTF-8"
    try checkTags(of: document, mostAttributes: Self.mostAttributes)
    // The library reads from the bytes as it goes, so they are kept where they do not move.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: document.count, alignment: 1)
    unsafe memory.copyBytes(from: document)
    guard
      let opened = unsafe xmlReaderForMemory(
        memory.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(document.count), nil,
        encoding, CInt(options))
    else {
      unsafe memory.deallocate()
      throw MusicXMLError(.malformed("it cannot be read"))
    }
    unsafe self.memory = unsafe memory
    unsafe reader = unsafe opened
  }

  deinit {
    unsafe xmlFreeTextReader(reader)
    unsafe memory.deallocate()
  }

  /// The line of the element that was entered last, from 1.
  var line: Int {
    let line = unsafe xmlTextReaderCurrentNode(reader).map { unsafe xmlGetLineNo($0) } ?? 0
    // An element itself counts to 65,535.
    if line > 0, line < 0xFFFF { return Int(line) }
    return Int(unsafe xmlTextReaderGetParserLineNumber(reader))
  }

  /// Enters the next element of the one that is open, at first the root.
  ///
  /// - Returns: its name; nil where the open element ends, which is left.
  mutating func nextChild() throws(MusicXMLError) -> String? {
    if isAtEmptyElement {
      isAtEmptyElement = false
      return nil
    }
    while try read() {
      switch nodeType {
      case XML_READER_TYPE_ELEMENT:
        isAtEmptyElement = unsafe xmlTextReaderIsEmptyElement(reader) == 1
        return unsafe string(xmlTextReaderConstLocalName(reader))
      case XML_READER_TYPE_END_ELEMENT: return nil
      default: continue
      }
    }
    return nil
  }

  /// Leaves the element that was entered last, whatever it holds.
  mutating func skip() throws(MusicXMLError) {
    while try nextChild() != nil { try skip() }
  }

  /// Leaves the element that was entered last.
  ///
  /// - Returns: its text, without white space around it.
  mutating func text() throws(MusicXMLError) -> String {
    var text = ""
    if isAtEmptyElement {
      isAtEmptyElement = false
      return text
    }
    while try read() {
      switch nodeType {
      case XML_READER_TYPE_TEXT, XML_READER_TYPE_CDATA:
        text += unsafe string(xmlTextReaderConstValue(reader))
      case XML_READER_TYPE_ELEMENT:
        isAtEmptyElement = unsafe xmlTextReaderIsEmptyElement(reader) == 1
        try skip()
      case XML_READER_TYPE_END_ELEMENT: return text.trimmed
      default: continue
      }
    }
    return text.trimmed
  }

  /// An attribute of the element that was entered last; nil where it does not have it.
  func attribute(_ name: String) -> String? {
    guard unsafe xmlTextReaderMoveToAttribute(reader, name) == 1 else { return nil }
    let value = unsafe string(xmlTextReaderConstValue(reader))
    unsafe xmlTextReaderMoveToElement(reader)
    return value.trimmed
  }

  private var nodeType: xmlReaderTypes {
    xmlReaderTypes(rawValue: UInt32(bitPattern: unsafe xmlTextReaderNodeType(reader)))
  }

  /// Goes on to the next node; false at the document's end.
  private func read() throws(MusicXMLError) -> Bool {
    switch unsafe xmlTextReaderRead(reader) {
    case 0: return false
    case 1: break
    default: throw problem
    }
    return true
  }

  private var problem: MusicXMLError {
    guard let error = unsafe xmlGetLastError() else {
      return MusicXMLError(.malformed("it cannot be read"), line: line)
    }
    let words = unsafe error.pointee.message.map { unsafe String(cString: $0) } ?? ""
    return MusicXMLError(
      .malformed(words.trimmed), line: unsafe max(Int(error.pointee.line), 1))
  }

  private func string(_ start: UnsafePointer<xmlChar>?) -> String {
    unsafe start.map { unsafe String(cString: $0) } ?? ""
  }
}

/// A document in UTF-16 as UTF-8; nil where its first bytes are not that encoding's.
private func utf16Decoded(_ bytes: [UInt8]) -> [UInt8]? {
  guard bytes.count >= 2 else { return nil }
  let isBigEndian: Bool
  switch (bytes[0], bytes[1]) {
  case (0xFE, 0xFF), (0, 0x3C): isBigEndian = true
  case (0xFF, 0xFE), (0x3C, 0): isBigEndian = false
  default: return nil
  }
  let start = bytes[0] >= 0xFE ? 2 : 0
  let units = stride(from: start, to: bytes.count - 1, by: 2).map { index in
    let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
    return isBigEndian ? first << 8 | second : second << 8 | first
  }
  return Array(String(decoding: units, as: UTF16.self).utf8)
}

/// The encoding that a document declares, by libxml2's name for it; UTF-8 where it declares none.
///
/// One in which a byte of `<` may be none is refused, so that what is looked for in bytes before a parser
/// reads them is there.
private func encoding(of bytes: [UInt8]) throws(MusicXMLError) -> String {
  let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
  let beginning = text.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
  guard beginning.first == UInt8(ascii: "<") else {
    throw MusicXMLError(.malformed("it does not begin with <"), line: 1)
  }
  guard beginning.starts(with: Array("<?xml".utf8)) else { return "UTF-8" }
  let declaration = beginning.prefix { $0 != UInt8(ascii: ">") }
  let parts = String(decoding: declaration, as: UTF8.self)
    .split(separator: "encoding", maxSplits: 1)
  guard parts.count == 2 else { return "UTF-8" }
  let name = parts[1].drop { $0.isWhitespace || $0 == "=" || $0 == "\"" || $0 == "'" }
    .prefix { !$0.isWhitespace && $0 != "\"" && $0 != "'" }
  guard let known = knownEncodings[name.lowercased()] else {
    throw MusicXMLError(.encoding(String(name.prefix(40))), line: 1)
  }
  return known
}

/// The encodings that are read, and what libxml2 calls them: ASCII is UTF-8, and so is what says UTF-16 and
/// has not its bytes.
private let knownEncodings = [
  "utf-8": "UTF-8", "utf8": "UTF-8", "utf-16": "UTF-8", "us-ascii": "UTF-8", "ascii": "UTF-8",
  "iso-8859-1": "ISO-8859-1", "latin1": "ISO-8859-1", "iso-8859-15": "ISO-8859-15",
  "windows-1252": "windows-1252",
]

/// Refuses a document with an element of too many attributes, too many declarations of namespaces, or
/// declarations of its own in its `DOCTYPE`, before a parser reads it that compares each with each, or each
/// with what it stands for.
private func checkTags(of bytes: [UInt8], mostAttributes: Int) throws(MusicXMLError) {
  var scan = TagScan(line: 1)
  var place = 0
  while let start = scan.tag(of: bytes, from: place) {
    let line = scan.line
    place = scan.end(of: bytes, from: start)
    // What stands in brackets there is no row of tags: its quotations may hold what begins a comment.
    guard bytes[start...].first != UInt8(ascii: "!") || !scan.hasBracket else {
      throw MusicXMLError(.entities, line: line)
    }
    guard scan.attributes <= mostAttributes, scan.namespaces <= mostAttributes else {
      throw MusicXMLError(.attributes(most: mostAttributes), line: scan.line)
    }
  }
}

/// Finds the tags of a document without reading it.
private struct TagScan {
  /// The line that was reached.
  var line: Int
  /// The attributes of the tag that was found last.
  var attributes = 0
  /// Whether a bracket stands in the tag that was found last, outside quotation marks.
  var hasBracket = false
  /// The namespaces that all tags have declared.
  var namespaces = 0

  /// The place behind the next `<` of a tag; nil at the document's end.
  mutating func tag(of bytes: [UInt8], from start: Int) -> Int? {
    var place = start
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      guard byte == UInt8(ascii: "<") else { continue }
      // What is in comments, data and instructions is in no tag.
      if let quotation = Self.quotations.first(where: { bytes[place...].starts(with: $0.start) }) {
        place = skip(to: quotation.end, in: bytes, from: place + quotation.start.count)
      } else {
        return place
      }
    }
    return nil
  }

  /// Counts the attributes of a tag, and gives the place behind its `>`.
  mutating func end(of bytes: [UInt8], from start: Int) -> Int {
    (attributes, hasBracket) = (0, false)
    var quote = UInt8(0)
    var place = start
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\n"): line += 1
      case quote where quote != 0: quote = 0
      case _ where quote != 0: break
      case UInt8(ascii: ">"): return place
      case UInt8(ascii: "["): hasBracket = true
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        quote = byte
        attributes += 1
      case UInt8(ascii: "x") where bytes[place...].starts(with: Self.namespace): namespaces += 1
      default: break
      }
    }
    return place
  }

  private mutating func skip(to end: [UInt8], in bytes: [UInt8], from start: Int) -> Int {
    var place = start
    while place < bytes.count {
      if bytes[place...].starts(with: end) { return place + end.count }
      if bytes[place] == UInt8(ascii: "\n") { line += 1 }
      place += 1
    }
    return place
  }

  private static let namespace = Array("mlns".utf8)
  private static let quotations = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")].map {
    (start: Array($0.0.utf8), end: Array($0.1.utf8))
  }
}

extension String {
  /// The text without white space around it.
  var trimmed: String {
    let scalars = unicodeScalars
    guard
      let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}
