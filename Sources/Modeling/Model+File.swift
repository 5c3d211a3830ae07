public import FileStorage
import Recurrent
public import Safetensors
import Tokenization

extension Model {
  /// The names under which a model file's metadata holds what is not a tensor.
  enum MetadataKey {
    static let network = "musegen.network"
    static let vocabulary = "musegen.vocabulary"
    static let provenance = "musegen.provenance"
  }

  /// How a model file stores its numbers.
  public enum StoredPrecision: String, Hashable, Sendable, Codable, CaseIterable {
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
    try self.init(checked: try SafetensorsFile(path: path, sealedAs: .model))
  }

  /// Writes a model file, whole or not at all.
  ///
  /// - Parameters:
  ///   - path: the file's name.
  ///   - precision: how numbers are stored.
  /// - Throws: `FileError` where it cannot be written.
  public func write(to path: String, precision: StoredPrecision = .f32) throws(FileError) {
    try safetensors(precision: precision).write(to: path)
  }

  /// The model as a safetensors file, its weights under PyTorch's names.
  public func safetensors(precision: StoredPrecision = .f32) -> SafetensorsFile {
    var file = SafetensorsFile(
      tensors: network.layout.slots.map { slot in
        let values = network.parameters[slot.range]
        return switch precision {
        case .f32: Tensor(name: slot.name, shape: slot.shape, floats: values)
        case .bf16: Tensor(name: slot.name, shape: slot.shape, roundingToBFloat16: values)
        }
      })
    file.encodeMetadata(MetadataKey.network, network.configuration)
    file.encodeMetadata(MetadataKey.vocabulary, vocabulary.configuration)
    file.encodeMetadata(MetadataKey.provenance, provenance)
    file.seal(as: .model, of: network.configuration)
    return file
  }

  /// Takes a model out of a safetensors file; tensors that the network does not know are ignored.
  ///
  /// - Parameter file: the file.
  /// - Throws: ``ModelFileError`` where it is no model or is damaged.
  public init(_ file: SafetensorsFile) throws(ModelFileError) {
    try file.checkSeal(as: .model)
    try self.init(checked: file)
  }

  private init(checked file: SafetensorsFile) throws(ModelFileError) {
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
