public import FileStorage
import FoundationEssentials
import Recurrent
public import Safetensors
import Tokenization

extension Model {
  /// The names under which a model file's metadata holds what is not a tensor.
  enum MetadataKey {
    static let version = "musegen.format"
    static let network = "musegen.network"
    static let vocabulary = "musegen.vocabulary"
    static let provenance = "musegen.provenance"
    static let checksum = "musegen.crc32"
  }

  /// The version of the format written.
  static let formatVersion = 1

  /// How a model file stores its numbers.
  public enum StoredPrecision: String, Hashable, Sendable, CaseIterable {
    /// Single precision: exact.
    case f32
    /// bfloat16: half the size, three significant digits.
    case bf16
  }

  /// Reads a model file.
  ///
  /// - Parameter path: the file's path.
  /// - Throws: ``ModelFileError`` where it cannot be read, is no model, or is damaged.
  public init(path: String) throws(ModelFileError) {
    let bytes: [UInt8]
    do {
      bytes = try readFile(at: path)
    } catch {
      throw ModelFileError(.unreadable(error))
    }
    let file: SafetensorsFile
    do {
      file = try SafetensorsFile(bytes: bytes)
    } catch {
      throw ModelFileError(.notSafetensors(error))
    }
    try self.init(file)
  }

  /// Writes a model file, whole or not at all.
  ///
  /// - Parameters:
  ///   - path: the file's name.
  ///   - precision: how numbers are stored.
  /// - Throws: `FileError` where it cannot be written.
  public func write(to path: String, precision: StoredPrecision = .f32) throws(FileError) {
    try writeFile(safetensors(precision: precision).encoded(), at: path)
  }

  /// The model as a safetensors file, its weights under PyTorch's names.
  public func safetensors(precision: StoredPrecision = .f32) -> SafetensorsFile {
    var file = SafetensorsFile(
      metadata: [
        MetadataKey.version: String(Model.formatVersion),
        MetadataKey.network: json(network.configuration),
        MetadataKey.vocabulary: json(vocabulary.configuration),
        MetadataKey.provenance: json(provenance),
      ],
      tensors: network.layout.slots.map { slot in
        let values = network.parameters[slot.offset..<slot.offset + slot.count]
        return switch precision {
        case .f32: Tensor(name: slot.name, shape: slot.shape, floats: values)
        case .bf16: Tensor(name: slot.name, shape: slot.shape, roundingToBFloat16: values)
        }
      })
    file.metadata[MetadataKey.checksum] = hexadecimal(
      file.checksum(withoutMetadata: MetadataKey.checksum))
    return file
  }

  /// Takes a model out of a safetensors file; tensors that the network does not know are ignored.
  ///
  /// - Parameter file: the file.
  /// - Throws: ``ModelFileError`` where it is no model or is damaged.
  public init(_ file: SafetensorsFile) throws(ModelFileError) {
    guard let version = file.metadata[MetadataKey.version] else {
      throw ModelFileError(.notAModel)
    }
    guard let number = Int(version), number <= Model.formatVersion else {
      throw ModelFileError(.laterVersion(found: version, supported: Model.formatVersion))
    }
    if let found = file.metadata[MetadataKey.checksum] {
      let computed = hexadecimal(file.checksum(withoutMetadata: MetadataKey.checksum))
      guard found == computed else {
        throw ModelFileError(.checksum(found: found, computed: computed))
      }
    }
    let configuration: NetworkConfiguration = try file.decodeMetadata(MetadataKey.network)
    let vocabularyConfiguration: VocabularyConfiguration = try file.decodeMetadata(
      MetadataKey.vocabulary)
    let provenance: Provenance = try file.decodeMetadata(MetadataKey.provenance)
    let vocabulary: any Vocabulary
    do {
      vocabulary = try vocabularyConfiguration.makeVocabulary()
    } catch {
      throw ModelFileError(.vocabulary(error))
    }
    guard configuration.vocabularySize == vocabulary.count else {
      throw ModelFileError(
        .vocabularySize(network: configuration.vocabularySize, vocabulary: vocabulary.count))
    }
    do {
      try configuration.validate()
    } catch {
      throw ModelFileError(.network(error))
    }
    var parameters: [Float] = []
    for slot in configuration.layout.slots {
      guard let tensor = file[slot.name], let values = tensor.floats else {
        throw ModelFileError(.missingTensor(slot.name))
      }
      guard tensor.shape == slot.shape else {
        throw ModelFileError(
          .shape(tensor: slot.name, found: tensor.shape, expected: slot.shape))
      }
      guard values.allSatisfy(\.isFinite) else {
        throw ModelFileError(.notFinite(tensor: slot.name))
      }
      parameters += values
    }
    do {
      self.init(
        network: try Network(configuration, parameters: parameters), vocabulary: vocabulary,
        provenance: provenance)
    } catch {
      throw ModelFileError(.network(error))
    }
  }
}

extension SafetensorsFile {
  /// Decodes a metadata entry of JSON.
  ///
  /// - Parameter key: the entry's name.
  /// - Returns: the value.
  /// - Throws: ``ModelFileError`` where it is missing or malformed.
  public func decodeMetadata<Value: Decodable>(_ key: String) throws(ModelFileError) -> Value {
    guard let text = metadata[key],
      let value = try? JSONDecoder().decode(Value.self, from: Data(text.utf8))
    else { throw ModelFileError(.malformedMetadata(key)) }
    return value
  }
}

/// JSON with sorted keys, so that equal values give equal bytes.
func json(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  // Settings are numbers, texts and enumerations: they always have a JSON form.
  guard let data = try? encoder.encode(value) else {
    preconditionFailure("settings without a JSON form: \(value)")
  }
  return String(decoding: data, as: UTF8.self)
}

private func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 8 - digits.count) + digits
}
