public import FileStorage
import Recurrent
public import Safetensors
import Tokenization

extension Model {
  /// The names under which a model file's metadata holds what is not a tensor.
  enum MetadataKey {
    static let network = Network.metadataKey
    static let vocabulary = SafetensorsFile.vocabularyKey
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
    var file = SafetensorsFile(tensors: network.tensors(precision: precision))
    file.encodeMetadata(MetadataKey.network, network.configuration)
    file.encodeMetadata(MetadataKey.vocabulary, vocabulary.configuration)
    file.encodeMetadata(MetadataKey.provenance, provenance)
    file.seal(as: .model, of: network.configuration, vocabulary.configuration)
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
    let vocabulary = try file.decodeVocabulary()
    let network = try Network(file, vocabulary: vocabulary)
    let provenance: Provenance = try file.decodeMetadata(MetadataKey.provenance)
    guard network.configuration.readout == nil else {
      throw ModelFileError(.wrongKind(expected: .model, found: .classifier))
    }
    if let mix = provenance.conditions {
      guard let conditions = vocabulary.knownConditions, mix.fits(conditions) else {
        throw ModelFileError(.malformedMetadata(MetadataKey.provenance))
      }
    }
    self.init(network: network, vocabulary: vocabulary, provenance: provenance)
  }
}
