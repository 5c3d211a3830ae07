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
  /// The result does not depend on the number of threads, nor on whether the cache had it already.
  ///
  /// - Parameters:
  ///   - paths: the files, as ``MIDIFileFinder`` gives them.
  ///   - vocabulary: the vocabulary.
  ///   - threads: how many files to work on at once.
  ///   - cache: where to look for the encoded files first, and to keep them.
  ///   - progress: called after each file, never twice at once, on any thread.
  public init(
    paths: [String], vocabulary: any Vocabulary, threads: Int, cache: CorpusCache? = nil,
    progress: @Sendable (Progress) -> Void = { _ in }
  ) {
    let reader = PieceReader(vocabulary: vocabulary)
    var contents: [UInt64] = []
    var cachePath: String?
    if let cache {
      contents = parallelMap(paths, threads: threads) { reader.contentHash(of: $0) }
      cachePath = cache.path(contents: contents, vocabulary: vocabulary)
      if let cachePath, let entry = cache.read(cachePath, paths: paths, contents: contents) {
        // The files that gave no piece are read again, to tell why.
        let missing = Set(paths.indices).subtracting(entry.files).sorted()
        let errors = parallelMap(missing, threads: threads) { file -> CorpusError? in
          if case .failure(let error) = reader.read(paths[file]) { error } else { nil }
        }
        self.init(
          pieces: entry.pieces, tokens: entry.tokens, skipped: errors.compactMap { $0 },
          vocabulary: vocabulary.configuration)
        progress(Progress(done: paths.count, total: paths.count))
        return
      }
    }
    let done = Mutex(0)
    let readings = parallelMap(paths, threads: threads) { path in
      let reading = reader.read(path)
      done.withLock { done in
        done += 1
        progress(Progress(done: done, total: paths.count))
      }
      return reading
    }
    self.init(pieces: [], tokens: [], skipped: [], vocabulary: vocabulary.configuration)
    tokens.reserveCapacity(
      readings.reduce(0) { $0 + ((try? $1.get().tokens.count) ?? 0) })
    var files: [Int] = []
    for (file, reading) in readings.enumerated() {
      switch reading {
      case .success(var reading):
        reading.piece.tokens = tokens.count..<tokens.count + reading.tokens.count
        pieces.append(reading.piece)
        files.append(file)
        tokens += reading.tokens
      case .failure(let error): skipped.append(error)
      }
    }
    // A file that changed between its hash and its reading must not be kept under the old name.
    if let cache, let cachePath, zip(pieces, files).allSatisfy({ $0.contentHash == contents[$1] }) {
      cache.write(CorpusCache.Entry(pieces: pieces, files: files, tokens: tokens), to: cachePath)
    }
  }

  init(
    pieces: [Piece], tokens: [Token], skipped: [CorpusError], vocabulary: VocabularyConfiguration
  ) {
    self.pieces = pieces
    self.tokens = tokens
    self.skipped = skipped
    self.vocabulary = vocabulary
  }
}
