public import FileStorage
public import Recurrent
public import Safetensors
public import Tokenization

/// Why a model could not be read from a file.
public struct ModelFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// The file cannot be read.
    case unreadable(FileError)
    /// The file is no safetensors file.
    case notSafetensors(SafetensorsError)
    /// A safetensors file that is not musegen's, or for something else.
    case wrongKind(expected: FilePurpose, found: FilePurpose? = nil)
    /// A file of a later version of the format.
    case laterVersion(found: String, supported: Int)
    /// A file of an earlier version of the format that is no longer read.
    case earlierVersion(found: Int, expected: Int)
    /// A part of the metadata is missing or cannot be understood.
    case malformedMetadata(String)
    /// The checksum does not match: some bits have changed.
    case checksum(found: String, computed: String)
    /// A tensor that the network needs is not there.
    case missingTensor(String)
    /// A tensor that the network has not.
    case unknownTensor(String)
    /// A tensor has another shape than the network's settings ask for.
    case shape(tensor: String, found: [Int], expected: [Int])
    /// A tensor holds something that is not a number.
    case notFinite(tensor: String)
    /// A tensor of squares holds a number below 0 or none.
    case negative(tensor: String)
    /// The network's settings make no network.
    case network(NetworkError)
    /// The vocabulary's settings make no vocabulary.
    case vocabulary(VocabularyError)
    /// The network and the vocabulary do not count the same number of tokens.
    case vocabularySize(network: Int, vocabulary: Int)
  }

  /// What was found.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line: found and expected.
  public var description: String {
    switch reason {
    case .unreadable(let error): "cannot read: \(error.reason)"
    case .notSafetensors(let error): error.description
    case .wrongKind(let expected, nil):
      "a safetensors file, but not a musegen \(expected.rawValue)"
    case .wrongKind(let expected, let found?):
      "a musegen \(found.rawValue)\(found.use), expected a \(expected.rawValue)\(expected.use)"
    case .laterVersion(let found, let supported):
      "format \(found), expected at most \(supported); use a newer musegen"
    case .earlierVersion(let found, let expected):
      "format \(found), expected \(expected); use the musegen that wrote it"
    case .malformedMetadata(let key): "metadata \(key) is missing or cannot be understood"
    case .checksum(let found, let computed):
      "damaged: checksum \(computed), expected \(found)"
    case .missingTensor(let name): "tensor \(name) is missing"
    case .unknownTensor(let name):
      "tensor \(name.prefix(200)) has no place in this network; leave it out, or say under \"names\" which it is"
    case .shape(let tensor, let found, let expected):
      "tensor \(tensor) has shape \(Self.text(found)), expected \(Self.text(expected))"
    case .notFinite(let tensor): "tensor \(tensor) holds NaN or infinity"
    case .negative(let tensor): "tensor \(tensor) holds NaN or a number below 0"
    case .network(let error): error.description
    case .vocabulary(let error): error.description
    case .vocabularySize(let network, let vocabulary):
      "a network of \(network) tokens with a vocabulary of \(vocabulary)"
    }
  }

  /// A shape as Swift writes it; a file may claim any number of dimensions, of which eight tell enough.
  private static func text(_ shape: [Int]) -> String {
    if shape.count <= 8 { return "\(shape)" }
    let first = shape.prefix(8).map(String.init).joined(separator: ", ")
    return "[\(first), …] of \(shape.count) dimensions"
  }
}

extension FilePurpose {
  /// What it does, in words that follow its name.
  fileprivate var use: String {
    switch self {
    case .model: ", which writes music"
    case .checkpoint: ", which goes on with its training"
    case .classifier: ", which tells what music is"
    }
  }
}
