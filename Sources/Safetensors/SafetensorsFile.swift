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
    var crc = CRC32()
    for (name, text) in metadata.sorted(by: { $0.key < $1.key }) where name != key {
      crc.update(Array("\(name)\0\(text)\0".utf8)[...])
    }
    for tensor in tensors {
      crc.update(Array("\(tensor.name)\0\(tensor.element.rawValue)\0\(tensor.shape)\0".utf8)[...])
      crc.update(tensor.bytes)
    }
    return crc.value
  }
}
