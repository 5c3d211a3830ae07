public import FileStorage
public import Recurrent
import Reproducibility
public import Safetensors
public import Tokenization

/// What a file of musegen's is for.
public enum FilePurpose: String, Hashable, Sendable {
  /// A model, to make music with.
  case model
  /// A training checkpoint, to go on from.
  case checkpoint
  /// A classifier, to tell what pieces are.
  case classifier

  /// The versions that this musegen reads; it writes the oldest that holds what there is to hold.
  var versions: ClosedRange<Int> {
    switch self {
    case .model: 1...3
    case .checkpoint: 2...6
    case .classifier: 1...1
    }
  }

  /// The version that a network and its vocabulary are written in: one with recall or a readout would compute
  /// something else in a musegen that does not know of it, and so would one that is told conditions or
  /// writes to a given part.
  func version(for network: NetworkConfiguration, _ vocabulary: VocabularyConfiguration) -> Int {
    let isTold =
      switch vocabulary {
      case .conditioned, .accompanied: true
      default: false
      }
    return switch self {
    case .model: isTold ? 3 : network.recall != nil ? 2 : 1
    case .checkpoint: isTold || network.readout != nil ? 4 : network.recall != nil ? 3 : 2
    case .classifier: 1
    }
  }
}

extension SafetensorsFile {
  private static let formatKey = "musegen.format"
  private static let checksumKey = "musegen.crc32"

  /// Marks the file as musegen's and adds a checksum.
  ///
  /// - Parameters:
  ///   - purpose: what the file is for.
  ///   - network: the network in it.
  ///   - vocabulary: the vocabulary of its tokens.
  ///   - leastVersion: the oldest version that goes on from it as this one does.
  public mutating func seal(
    as purpose: FilePurpose, of network: NetworkConfiguration,
    _ vocabulary: VocabularyConfiguration,
    leastVersion: Int = 1
  ) {
    let version = max(purpose.version(for: network, vocabulary), leastVersion)
    metadata[Self.formatKey] = "\(purpose.rawValue) \(version)"
    metadata[Self.checksumKey] = checksum(withoutMetadata: Self.checksumKey).hexadecimal
  }

  /// What the file is for; nil where it is none of musegen's.
  public var purpose: FilePurpose? {
    (metadata[Self.formatKey] ?? "").split(separator: " ").first
      .flatMap { FilePurpose(rawValue: String($0)) }
  }

  /// Checks that the file is musegen's, of this kind, and that no bit has changed.
  ///
  /// A file without a checksum, as other programs write, is taken as it is.
  ///
  /// - Parameter purpose: what the file should be for.
  /// - Throws: ``ModelFileError`` where it is something else, too new or damaged.
  public func checkSeal(as purpose: FilePurpose) throws(ModelFileError) {
    let words = (metadata[Self.formatKey] ?? "").split(separator: " ")
    guard self.purpose == purpose else {
      throw ModelFileError(.wrongKind(expected: purpose, found: self.purpose))
    }
    guard words.count == 2, let version = Int(words[1]), version <= purpose.versions.upperBound
    else {
      throw ModelFileError(
        .laterVersion(
          found: words.dropFirst().joined(separator: " "),
          supported: purpose.versions.upperBound))
    }
    guard version >= purpose.versions.lowerBound else {
      throw ModelFileError(
        .earlierVersion(found: version, expected: purpose.versions.lowerBound))
    }
    guard let found = metadata[Self.checksumKey] else { return }
    let computed = checksum(withoutMetadata: Self.checksumKey).hexadecimal
    guard found == computed else {
      throw ModelFileError(.checksum(found: found, computed: computed))
    }
  }

  /// Decodes a metadata entry of JSON.
  ///
  /// - Parameter key: the entry's name.
  /// - Returns: the value.
  /// - Throws: ``ModelFileError`` where it is missing or malformed.
  public func decodeMetadata<Value: Decodable>(_ key: String) throws(ModelFileError) -> Value {
    guard let text = metadata[key] else { throw ModelFileError(.malformedMetadata(key)) }
    do {
      return try CanonicalJSON.decode(from: text.utf8)
    } catch let error as VocabularyError {
      // A vocabulary of a later musegen is worth its own words.
      throw ModelFileError(.vocabulary(error))
    } catch let error as NetworkError {
      throw ModelFileError(.network(error))
    } catch {
      throw ModelFileError(.malformedMetadata(key))
    }
  }

  /// Stores a value as a metadata entry of JSON with sorted keys: equal values give equal bytes.
  public mutating func encodeMetadata(_ key: String, _ value: some Encodable) {
    metadata[key] = CanonicalJSON.line(of: value)
  }

  /// Writes the file piece by piece, whole or not at all.
  ///
  /// - Parameters:
  ///   - path: the file's name.
  ///   - replacement: what may be done where a file stands there.
  /// - Throws: `FileError` where it cannot be written.
  public func write(
    to path: String, replacement: Replacement = .always
  ) throws(FileError) {
    var file = try AtomicFile(path: path, replacement: replacement)
    try encode { (piece) throws(FileError) in try file.write(Array(piece)) }
    try file.commit()
  }

  /// Reads and checks a file of musegen's.
  ///
  /// - Parameters:
  ///   - path: the file's path.
  ///   - purpose: what the file should be for.
  /// - Throws: ``ModelFileError`` where it cannot be read, is something else, too new or damaged.
  public init(path: String, sealedAs purpose: FilePurpose) throws(ModelFileError) {
    let bytes: [UInt8]
    do {
      // Who names a model may name a pipe; checkpoints are found in folders.
      bytes = try readFile(at: path, allowingStreams: purpose != .checkpoint)
    } catch {
      throw ModelFileError(.unreadable(error))
    }
    do {
      try self.init(bytes: bytes)
    } catch {
      throw ModelFileError(.notSafetensors(error))
    }
    try checkSeal(as: purpose)
  }
}
