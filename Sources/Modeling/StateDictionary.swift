public import Recurrent
import Reproducibility
public import Safetensors
public import Tokenization

/// What a file of weights alone does not say: which network they make, and what its tokens mean.
///
/// It is the content of a JSON file beside the weights that another program, PyTorch say, has saved.
public struct StateDictionary: Hashable, Sendable, Decodable {
  /// The kind of cell; needed where there is no ``network``.
  public var cell: Cell?
  /// The non-linearity of a vanilla cell; tanh where nil.
  public var activation: Activation?
  /// Whether each layer but the first adds its input to its output; no where nil.
  public var residual: Bool?
  /// What the network is told of its own piece; nothing where nil.
  public var recall: Recall?
  /// The vocabulary of its tokens.
  public var vocabulary: VocabularyConfiguration
  /// All settings of the network, as a model file has them; found in the tensors where nil.
  public var network: NetworkConfiguration?
  /// The names of tensors in the file by those that they should have, where these differ.
  public var names: [String: String]?
  /// What the model says of itself.
  public var title: String?
  /// The licence of the music it learned from.
  public var licence: String?
  /// Where that music came from.
  public var sources: [String]?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case cell, activation, residual, recall, vocabulary, network, names, title, licence, sources
  }

  /// Anything at all.
  private struct Something: Decodable { init(from _: any Decoder) {} }

  /// A vocabulary and a network all of whose settings are known.
  private struct KnownSettings: Decodable {
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      if container.contains(.vocabulary) {
        try VocabularyConfiguration.refuseUnknownSettings(
          in: container.superDecoder(forKey: .vocabulary))
      }
      if container.contains(.network), try !container.decodeNil(forKey: .network) {
        try NetworkConfiguration.refuseUnknownSettings(
          in: container.superDecoder(forKey: .network))
      }
    }
  }

  /// Reads a description.
  ///
  /// - Parameter json: UTF-8 text.
  /// - Throws: `DecodingError` where it is none, or has a field that is not known, be it of the vocabulary or the
  ///   network: `residual` misspelt would make another network; `NetworkError` for a setting of recall that is not known.
  public init(json: [UInt8]) throws {
    let fields = try CanonicalJSON.decode([String: Something].self, from: json)
    if let unknown = fields.keys.sorted().first(where: { CodingKeys(rawValue: $0) == nil }) {
      let expected = CodingKeys.allCases.map(\.rawValue).sorted().joined(separator: ", ")
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: [],
          debugDescription: "there is no field \(unknown.prefix(40)), expected \(expected)"))
    }
    _ = try CanonicalJSON.decode(KnownSettings.self, from: json)
    self = try CanonicalJSON.decode(from: json)
  }
}

extension Model {
  /// Makes a model of weights that another program has saved under PyTorch's names.
  ///
  /// How many layers there are, their sizes, whether outputs are normalised, starts learnt and weights tied, the
  /// tensors tell.
  ///
  /// - Parameters:
  ///   - file: the weights.
  ///   - description: what they do not say.
  /// - Throws: ``ModelFileError`` where a tensor is missing, of another shape or unknown: a network that has
  ///   more than musegen knows would be another one without it.
  public init(
    _ file: SafetensorsFile, describedBy description: StateDictionary
  ) throws(ModelFileError) {
    var file = file
    let given = (description.names ?? [:]).reduce(into: [:]) { $0[$1.value] = $1.key }
    if let name = given.keys.sorted().first(where: { file[$0] == nil }) {
      throw ModelFileError(.missingTensor(name))
    }
    for index in file.tensors.indices {
      let name = file.tensors[index].name
      // Two tensors of one name would be a matter of luck.
      guard given[name] != nil || description.names?[name] == nil else {
        throw ModelFileError(.unknownTensor(name))
      }
      file.tensors[index].name = given[name] ?? name
    }
    let vocabulary: any Vocabulary
    do {
      vocabulary = try description.vocabulary.makeVocabulary()
    } catch {
      throw ModelFileError(.vocabulary(error))
    }
    let configuration =
      if let network = description.network {
        network
      } else {
        try NetworkConfiguration(of: file, describedBy: description, vocabulary: vocabulary)
      }
    do {
      try configuration.validate()
    } catch {
      throw ModelFileError(.network(error))
    }
    let known = configuration.layout
    if let tensor = file.tensors.first(where: { known[$0.name] == nil }) {
      throw ModelFileError(.unknownTensor(tensor.name))
    }
    file.encodeMetadata(Network.metadataKey, configuration)
    let network = try Network(file, vocabulary: vocabulary)
    guard network.configuration.readout == nil else {
      throw ModelFileError(.wrongKind(expected: .model, found: .classifier))
    }
    var provenance = Provenance()
    provenance.apply(
      ModelLabel(
        title: description.title, licence: description.licence,
        sources: description.sources ?? []))
    self.init(network: network, vocabulary: vocabulary, provenance: provenance)
  }
}

extension NetworkConfiguration {
  /// The settings that tensors' names and shapes tell, and what they do not.
  fileprivate init(
    of file: SafetensorsFile, describedBy description: StateDictionary,
    vocabulary: any Vocabulary
  ) throws(ModelFileError) {
    guard let cell = description.cell else { throw ModelFileError(.malformedMetadata("cell")) }
    func shape(_ name: String) throws(ModelFileError) -> [Int] {
      guard let tensor = file[name] else { throw ModelFileError(.missingTensor(name)) }
      guard tensor.shape.count == 2, tensor.shape.allSatisfy({ $0 > 0 }) else {
        throw ModelFileError(.shape(tensor: name, found: tensor.shape, expected: [1, 1]))
      }
      return tensor.shape
    }
    let embedding = try shape("embedding.weight")
    let input = try shape("rnn.weight_ih_l0")
    let layers = (0..<8).prefix(while: { file["rnn.weight_ih_l\($0)"] != nil }).count
    self.init(
      vocabularySize: vocabulary.count, embeddingSize: embedding[1],
      hiddenSize: max(input[0] / cell.gateCount, 1), layerCount: layers, cell: cell,
      activation: description.activation ?? .tanh,
      layerNormalization: file["normalization.0.weight"] != nil,
      tiedWeights: file["output.weight"] == nil, residual: description.residual ?? false,
      learnedInitialState: file.tensors.contains { $0.name.hasPrefix("initial.") },
      recall: description.recall, heardGroups: HeardGroups(of: vocabulary))
  }
}
