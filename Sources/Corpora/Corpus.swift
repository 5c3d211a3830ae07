import Synchronization
public import Tokenization

/// Many pieces, encoded with one vocabulary into one buffer of tokens.
public struct Corpus: Sendable {
  /// The pieces that could be read, in the order of their paths.
  public private(set) var pieces: [Piece]
  /// The tokens of all pieces end to end, each from the start to the end token.
  public private(set) var tokens: [Token]
  /// The files that gave no piece, and why.
  public private(set) var skipped: [CorpusError]
  /// The vocabulary's settings.
  public let vocabulary: VocabularyConfiguration

  /// How far the reading is.
  public struct Progress: Hashable, Sendable {
    /// How many files are done.
    public var done: Int
    /// How many files there are.
    public var total: Int
  }

  /// Reads and encodes files in parallel; one that cannot be read is skipped and listed.
  ///
  /// The result does not depend on the number of threads.
  ///
  /// - Parameters:
  ///   - paths: the files, as ``MIDIFileFinder`` gives them.
  ///   - vocabulary: the vocabulary.
  ///   - threads: how many files to work on at once.
  ///   - progress: called after each file, never twice at once, on any thread.
  public init(
    paths: [String], vocabulary: any Vocabulary, threads: Int,
    progress: @Sendable (Progress) -> Void = { _ in }
  ) {
    let reader = PieceReader(vocabulary: vocabulary)
    let done = Mutex(0)
    let readings = parallelMap(paths, threads: threads) { path in
      let reading = reader.read(path)
      done.withLock { done in
        done += 1
        progress(Progress(done: done, total: paths.count))
      }
      return reading
    }
    pieces = []
    tokens = []
    skipped = []
    self.vocabulary = vocabulary.configuration
    tokens.reserveCapacity(
      readings.reduce(0) { $0 + ((try? $1.get().tokens.count) ?? 0) })
    for reading in readings {
      switch reading {
      case .success(var reading):
        reading.piece.tokens = tokens.count..<tokens.count + reading.tokens.count
        pieces.append(reading.piece)
        tokens += reading.tokens
      case .failure(let error): skipped.append(error)
      }
    }
  }
}
