import FoundationEssentials

extension SafetensorsFile {
  /// Reads a file; tensors share its bytes.
  ///
  /// - Parameter bytes: the whole file.
  /// - Throws: ``SafetensorsError`` where the bytes are not a safetensors file.
  public init(bytes: [UInt8]) throws(SafetensorsError) {
    guard bytes.count >= 10 else { throw SafetensorsError(.tooShort(bytes: bytes.count)) }
    let length = bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let available = bytes.count - 8
    guard length <= UInt64(available) else {
      throw SafetensorsError(.headerPastEnd(length: length, available: available))
    }
    let dataStart = 8 + Int(length)
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<dataStart]))
    } catch {
      throw SafetensorsError(.malformedHeader("the header is not the JSON of the format"))
    }

    var end = 0
    var tensors: [Tensor] = []
    let entries = header.tensors.sorted {
      ($0.value.start, $0.value.end, $0.key) < ($1.value.start, $1.value.end, $1.key)
    }
    for (name, entry) in entries {
      guard let element = Tensor.Element(rawValue: entry.dtype) else {
        throw SafetensorsError(.unknownElement(tensor: name, element: entry.dtype))
      }
      var size: Int? = element.size
      for extent in entry.shape {
        guard extent >= 0, let product = size?.multipliedReportingOverflow(by: extent) else {
          throw SafetensorsError(.misplacedTensor(name))
        }
        size = product.overflow ? nil : product.partialValue
      }
      guard entry.start == end, let size, entry.end >= entry.start,
        entry.end - entry.start == size
      else { throw SafetensorsError(.misplacedTensor(name)) }
      end = entry.end
      guard end <= bytes.count - dataStart else { continue }
      tensors.append(
        Tensor(
          name: name, element: element, shape: entry.shape,
          bytes: bytes[dataStart + entry.start..<dataStart + end]))
    }
    guard end == bytes.count - dataStart else {
      throw SafetensorsError(.wrongLength(data: bytes.count - dataStart, expected: end))
    }
    self.init(metadata: header.metadata, tensors: tensors)
  }

  /// The JSON before the numbers: `__metadata__` and an entry for each tensor.
  private struct Header: Decodable {
    var metadata: [String: String] = [:]
    var tensors: [String: Entry] = [:]

    struct Entry: Decodable {
      var dtype: String
      var shape: [Int]
      var start: Int
      var end: Int

      enum CodingKeys: String, CodingKey {
        case dtype, shape
        case offsets = "data_offsets"
      }

      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        dtype = try container.decode(String.self, forKey: .dtype)
        shape = try container.decode([Int].self, forKey: .shape)
        var offsets = try container.nestedUnkeyedContainer(forKey: .offsets)
        start = try offsets.decode(Int.self)
        end = try offsets.decode(Int.self)
      }
    }

    struct Name: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      for key in container.allKeys {
        if key.stringValue == "__metadata__" {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          tensors[key.stringValue] = try container.decode(Entry.self, forKey: key)
        }
      }
    }
  }
}
