public import FileStorage
public import Modeling
import Recurrent
public import Safetensors
import Tokenization

extension Classifier {
  private enum Key {
    static let labels = "musegen.labels"
    static let provenance = "musegen.provenance"
  }

  /// Reads a classifier's file.
  ///
  /// - Parameter path: the file's path.
  /// - Throws: `ModelFileError` where it cannot be read, is no classifier, or is damaged.
  public init(path: String) throws(ModelFileError) {
    try self.init(checked: try SafetensorsFile(path: path, sealedAs: .classifier))
  }

  /// Takes a classifier out of a safetensors file.
  ///
  /// - Parameter file: the file.
  /// - Throws: `ModelFileError` where it is no classifier or is damaged.
  public init(_ file: SafetensorsFile) throws(ModelFileError) {
    try file.checkSeal(as: .classifier)
    try self.init(checked: file)
  }

  private init(checked file: SafetensorsFile) throws(ModelFileError) {
    let vocabulary = try file.decodeVocabulary()
    let network = try Network(file, vocabulary: vocabulary)
    let labels: [String] = try file.decodeMetadata(Key.labels)
    guard network.configuration.readout?.labelCount == labels.count,
      Set(labels).count == labels.count
    else { throw ModelFileError(.malformedMetadata(Key.labels)) }
    let provenance: ClassifierProvenance = try file.decodeMetadata(Key.provenance)
    guard provenance.arePossible(labels: labels.count) else {
      throw ModelFileError(.malformedMetadata(Key.provenance))
    }
    self.init(
      network: network, vocabulary: vocabulary, labels: labels,
      ngrams: try NgramClassifier(file, labels: labels), provenance: provenance)
  }

  /// The classifier as a safetensors file, its weights under PyTorch's names.
  ///
  /// - Parameter precision: how the network's numbers are stored.
  /// - Returns: the file, sealed.
  public func safetensors(precision: Model.StoredPrecision = .f32) -> SafetensorsFile {
    var file = SafetensorsFile(tensors: network.tensors(precision: precision))
    file.tensors += ngrams.tensors
    file.encodeMetadata(Network.metadataKey, network.configuration)
    file.encodeMetadata(SafetensorsFile.vocabularyKey, vocabulary.configuration)
    file.encodeMetadata(Key.labels, labels)
    file.encodeMetadata(Key.provenance, provenance)
    file.seal(as: .classifier, of: network.configuration, vocabulary.configuration)
    return file
  }

  /// Writes a classifier's file, whole or not at all.
  ///
  /// - Parameters:
  ///   - path: the file's name.
  ///   - precision: how the network's numbers are stored.
  /// - Throws: `FileError` where it cannot be written.
  public func write(
    to path: String, precision: Model.StoredPrecision = .f32
  ) throws(FileError) { try safetensors(precision: precision).write(to: path) }
}

extension NgramClassifier {
  private enum Name {
    static let shares = "ngrams.log_shares"
    static let priors = "ngrams.log_priors"
  }

  /// Takes counted n-grams out of a file.
  ///
  /// - Throws: `ModelFileError` where it does not hold them.
  init(_ file: SafetensorsFile, labels: [String]) throws(ModelFileError) {
    func floats(_ name: String, _ shape: [Int]) throws(ModelFileError) -> [Float] {
      guard let tensor = file[name], let values = tensor.floats else {
        throw ModelFileError(.missingTensor(name))
      }
      guard tensor.shape == shape else {
        throw ModelFileError(.shape(tensor: name, found: tensor.shape, expected: shape))
      }
      guard values.allSatisfy(\.isFinite) else { throw ModelFileError(.notFinite(tensor: name)) }
      return values
    }
    self.init(
      labels: labels, logPriors: try floats(Name.priors, [labels.count]),
      logShares: try floats(Name.shares, [labels.count, Self.buckets]))
  }

  /// The n-grams as a file keeps them.
  var tensors: [Tensor] {
    [
      Tensor(name: Name.priors, shape: [labels.count], floats: logPriors[...]),
      Tensor(
        name: Name.shares, shape: [labels.count, Self.buckets],
        roundingToBFloat16: logShares[...]),
    ]
  }
}

extension ClassifierProvenance {
  /// Whether a classifier of so many labels can have come to these numbers: a file may hold any.
  func arePossible(labels: Int) -> Bool {
    (trainingPieces.isEmpty || trainingPieces.count == labels)
      && trainingPieces.allSatisfy { (0..<1 << 48).contains($0) }
      && (heldOut?.arePossible ?? true) && (steps ?? 0) >= 0
      && (1...65_536).contains(window ?? 1)
  }
}
