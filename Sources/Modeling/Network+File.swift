package import Recurrent
package import Safetensors
package import Tokenization

// What files of models and of classifiers have in common: a network and a vocabulary.

extension Network {
  /// The name of the metadata that holds the configuration.
  package static let metadataKey = "musegen.network"

  /// The parameters as tensors under PyTorch's names.
  package func tensors(precision: Model.StoredPrecision) -> [Tensor] {
    layout.slots.map { slot in
      let values = parameters[slot.range]
      return switch precision {
      case .f32: Tensor(name: slot.name, shape: slot.shape, floats: values)
      case .bf16: Tensor(name: slot.name, shape: slot.shape, roundingToBFloat16: values)
      }
    }
  }

  /// Takes a network out of a file; tensors that it does not know are ignored.
  ///
  /// - Parameters:
  ///   - file: its tensors and metadata.
  ///   - vocabulary: the vocabulary of its tokens.
  /// - Throws: ``ModelFileError`` where something is missing, or makes no network of this vocabulary.
  package init(_ file: SafetensorsFile, vocabulary: any Vocabulary) throws(ModelFileError) {
    let configuration: NetworkConfiguration = try file.decodeMetadata(Self.metadataKey)
    guard configuration.vocabularySize == vocabulary.count else {
      throw ModelFileError(
        .vocabularySize(network: configuration.vocabularySize, vocabulary: vocabulary.count))
    }
    do {
      try configuration.validate()
    } catch {
      throw ModelFileError(.network(error))
    }
    try HeardGroups.check(configuration.heardGroups, of: vocabulary)
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
      try self.init(configuration, parameters: parameters)
    } catch {
      throw ModelFileError(.network(error))
    }
  }
}

extension SafetensorsFile {
  /// The name of the metadata that holds a vocabulary's settings.
  package static let vocabularyKey = "musegen.vocabulary"

  /// Makes the vocabulary that a file names.
  ///
  /// - Throws: ``ModelFileError`` where it names none, or none that can be made.
  package func decodeVocabulary() throws(ModelFileError) -> any Vocabulary {
    let configuration: VocabularyConfiguration = try decodeMetadata(Self.vocabularyKey)
    do {
      return try configuration.makeVocabulary()
    } catch {
      throw ModelFileError(.vocabulary(error))
    }
  }
}
