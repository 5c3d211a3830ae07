import Reproducibility

/// Named tensors and free text, as one file.
///
/// Layout: eight bytes with the header's length, the header as JSON, then the numbers of all
/// tensors without gaps. Format: <https://huggingface.co/docs/safetensors>.
public struct SafetensorsFile: Hashable, Sendable {
  /// Free text under names.
  public var metadata: [String: String]
  /// The tensors in the order of their numbers in the file.
  public var tensors: [Tensor]

  /// Creates a file of tensors with distinct names.
  public init(metadata: [String: String] = [:], tensors: [Tensor] = []) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// The tensor of a name.
  public subscript(name: String) -> Tensor? { tensors.first { $0.name == name } }

  /// CRC-32 (ISO 3309, as in zlib) over the metadata but for one entry, and all tensors.
  ///
  /// - Parameter key: the metadata entry to leave out, in which the checksum will be kept.
  /// - Returns: the checksum.
  public func checksum(withoutMetadata key: String) -> UInt32 {
    var crc = CyclicRedundancyCheck(.iso3309)
    for (name, text) in metadata.sorted(by: { $0.key < $1.key }) where name != key {
      crc.update(Array("\(name)\0\(text)\0".utf8)[...])
    }
    for tensor in tensors {
      crc.update(Array("\(tensor.name)\0\(tensor.element.rawValue)\0\(tensor.shape)\0".utf8)[...])
      tensor.forEachPiece { crc.update($0) }
    }
    return crc.value
  }
}

extension SafetensorsFile {
  /// The file's bytes: the same for equal files, with all numbers at multiples of 8.
  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tensors.reduce(4096) { $0 + $1.byteCount })
    encode { bytes += $0 }
    return bytes
  }

  /// Hands out the bytes of ``encoded()`` in pieces of a few megabytes at most.
  ///
  /// - Parameter body: called with one piece after the other.
  /// - Throws: what `body` throws.
  public func encode<Failure: Error>(
    _ body: (ArraySlice<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    var header = "{"
    if !metadata.isEmpty {
      let entries = metadata.sorted { $0.key < $1.key }
        .map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
      header += "\"__metadata__\":{\(entries.joined(separator: ","))},"
    }
    var offset = 0
    header += tensors.map { tensor in
      let end = offset + tensor.byteCount
      defer { offset = end }
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      return "\(Self.quoted(tensor.name)):{\"dtype\":\"\(tensor.element.rawValue)\","
        + "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
    }.joined(separator: ",")
    if header.hasSuffix(",") { header.removeLast() }
    header += "}"
    // The format allows spaces after the JSON: they bring the numbers to a multiple of 8.
    let padding = (8 - header.utf8.count % 8) % 8
    header += String(repeating: " ", count: padding)

    var bytes: [UInt8] = []
    bytes.appendLittleEndian(UInt64(header.utf8.count))
    bytes.append(contentsOf: header.utf8)
    try body(bytes[...])
    for tensor in tensors { try tensor.forEachPiece(body) }
  }

  /// A JSON string.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case ..<" ": result += "\\u" + UInt16(truncatingIfNeeded: scalar.value).hexadecimal
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
