import Reproducibility

extension SafetensorsFile {
  /// The file's bytes: the same for equal files, with all numbers at multiples of 8.
  public func encoded() -> [UInt8] {
    var header = "{"
    if !metadata.isEmpty {
      let entries = metadata.sorted { $0.key < $1.key }
        .map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
      header += "\"__metadata__\":{\(entries.joined(separator: ","))},"
    }
    var offset = 0
    header += tensors.map { tensor in
      let end = offset + tensor.bytes.count
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
    bytes.reserveCapacity(8 + header.utf8.count + offset)
    bytes.appendLittleEndian(UInt64(header.utf8.count))
    bytes.append(contentsOf: header.utf8)
    for tensor in tensors { bytes.append(contentsOf: tensor.bytes) }
    return bytes
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
