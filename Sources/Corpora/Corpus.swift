public import FileStorage
import Reproducibility
import Synchronization
public import Tokenization

/// A piece of a corpus: where it came from and which tokens are its own.
public struct Piece: Hashable, Sendable {
  /// The file, or the tune in it, and the arguments that name it.
  public var source: PieceSource
  /// A hash of the file's bytes or the tune's text, the same in every run and on every machine.
  public var contentHash: UInt64
  /// A hash of which notes are struck when, the same for a transposed copy, another tempo or
  /// another velocity.
  public var noteHash: UInt64
  /// Its tokens' place among those of all pieces, end to end.
  public var tokens: Range<Int>
  /// How many notes its tokens tell.
  public var noteCount: Int
  /// Its length in seconds, from the start to the end of the last note.
  public var seconds: Double
  /// How many seconds of silence in it or at its end were left out: no pause is longer than 30 s, no
  /// end than 10 s.
  public var secondsLeftOut: Double
  /// How many faults the converter found in a tune of an ABC file; 0 for a MIDI file.
  public var faultCount = 0
  /// What its score tells of it as a whole; nil where nobody asked.
  public internal(set) var attributes: PieceAttributes?
  /// Its styles by name, where somebody asked; several are told in turn.
  public internal(set) var styles: [String] = []
  /// What it shares with the other pieces of its work, where a ``MovementMark`` or a table of styles tells that.
  public internal(set) var works: [String] = []

  /// The path: that of the file, or `book.abc#3`.
  public var path: String { source.path }
}

/// Many pieces, encoded with one vocabulary.
///
/// Where they are few their tokens are in memory. Those of a large collection stay in files, from which each piece is
/// copied when it is asked for; see ``CorpusCache/mostLoaded``.
public struct Corpus: Sendable {
  /// The pieces that could be read, in the order of their sources; of a vocabulary whose part may be given or not each
  /// twice, in a row.
  public private(set) var pieces: [Piece]
  /// The files that gave no piece, and why.
  public private(set) var skipped: [CorpusError]
  /// The vocabulary that the tokens are of.
  public let vocabulary: any Vocabulary
  /// Why pieces that should stay in files are in memory: the cache cannot be written.
  public private(set) var storageProblem: FileError?
  /// Whether its vocabulary has a given part, so that each piece's own tokens tell how many of them are predicted.
  let hasGivenPart: Bool
  /// With how many tokens each piece's conditions are told.
  let conditionCount: Int
  private let store: any PieceStore
  private let kin: Kin

  /// How far the reading is.
  public struct Progress: Hashable, Sendable {
    /// How many files are done.
    public var done: Int
    /// How many files there are.
    public var total: Int
    /// Whether those read so far stay where the reading is cancelled, and are not read again.
    public var isKept = false
  }

  /// Reads and encodes pieces in parallel; one that cannot be read is skipped and listed.
  ///
  /// The result does not depend on the number of threads, nor on whether the cache had it already.
  ///
  /// - Parameters:
  ///   - sources: the pieces, as ``MIDIFileFinder`` gives them.
  ///   - leftOut: what it found beside them that is no piece, to stand among those skipped.
  ///   - vocabulary: the vocabulary.
  ///   - threads: how many files to work on at once; nil for one a core.
  ///   - cache: where to look for the encoded pieces first, and to keep them.
  ///   - styles: which styles pieces have, for a vocabulary that tells conditions.
  ///   - measuringAttributes: whether to take each piece's ``Piece/attributes`` too, as is always done for
  ///     such a vocabulary.
  ///   - progress: called after each file, never twice at once, on any thread; of a large collection once more
  ///     where the task is cancelled.
  /// - Throws: `CancellationError` where the task is cancelled before all are read.
  public init(
    pieces sources: [PieceSource], leavingOut leftOut: [CorpusError] = [],
    vocabulary: any Vocabulary, threads: Int? = nil,
    cache: CorpusCache? = nil, styles: PieceStyles = PieceStyles(),
    measuringAttributes: Bool = false, progress: @Sendable (Progress) -> Void = { _ in }
  ) throws(CancellationError) {
    let conditioned = vocabulary as? ConditionedVocabulary
    let measures = measuringAttributes || conditioned != nil
    try self.init(
      reading: sources, vocabulary: conditioned?.base ?? vocabulary, threads: threads,
      cache: cache, measuringAttributes: measures, progress: progress)
    if !leftOut.isEmpty {
      skipped = (skipped + leftOut).sorted {
        $0.path.systemPath.lexicographicallyPrecedes($1.path.systemPath)
      }
    }
    guard measures else { return }
    for index in pieces.indices {
      pieces[index].styles = styles.styles(of: pieces[index].source)
      pieces[index].works += styles.works(of: pieces[index].source)
    }
    if let conditioned { self = try telling(conditioned) }
  }

  private init(
    reading sources: [PieceSource], vocabulary: any Vocabulary, threads: Int?,
    cache: CorpusCache?, measuringAttributes: Bool, progress: @Sendable (Progress) -> Void
  ) throws(CancellationError) {
    let folder = currentFolder()
    let located =
      cache == nil
      ? [] : try parallelMap(sources, threads: threads) { LocatedSource($0, in: folder) }
    // What was seen to be a file need not be looked at once more.
    let mayStream = cache == nil ? sources : located.filter { $0.stamp == nil }.map(\.source)
    let reader = PieceReader(
      vocabulary: vocabulary, of: mayStream, measuresAttributes: measuringAttributes)
    var kept: (cache: CorpusCache, path: String, contents: [UInt64])?
    if let cache {
      let converter = sources.contains(where: \.mayBeABC) ? ABCConverter()?.version : nil
      if let library = cache.library(
        of: located, vocabulary: vocabulary, converter: converter,
        withAttributes: measuringAttributes)
      {
        let content = try library.read(
          located, with: reader, threads: threads, progress: progress)
        cache.removeOldestLibraries(but: library)
        self.init(
          pieces: content.pieces, store: content.store, skipped: content.skipped,
          vocabulary: vocabulary)
        storageProblem = content.problem
        return
      }
      let contents = try parallelMap(sources, threads: threads) { reader.contentHash(of: $0) }
      if let path = cache.path(
        contents: contents, vocabulary: vocabulary, converter: converter,
        withAttributes: measuringAttributes)
      {
        if let entry = cache.read(
          path, sources: sources, contents: contents, vocabularySize: vocabulary.count)
        {
          // The files that gave no piece are read again, to tell why.
          let missing = Set(sources.indices).subtracting(entry.files).sorted()
          let errors = try parallelMap(missing, threads: threads) { file -> CorpusError? in
            if case .failure(let error) = reader.read(sources[file]) { error } else { nil }
          }
          self.init(entry, skipped: errors.compactMap { $0 }, vocabulary: vocabulary)
          findWorks(threads: threads)
          progress(Progress(done: sources.count, total: sources.count))
          return
        }
        kept = (cache, path, contents)
      }
    }
    let done = Mutex(0)
    let readings = try parallelMap(sources, threads: threads) { source in
      let reading = reader.read(source)
      done.withLock { done in
        done += 1
        progress(Progress(done: done, total: sources.count))
      }
      return reading
    }
    let (entry, skipped) = Self.joined(readings)
    self.init(entry, skipped: skipped, vocabulary: vocabulary)
    findWorks(threads: threads)
    // A file that changed between its hash and its reading must not be kept under the old name.
    if let (cache, path, contents) = kept,
      zip(pieces, entry.files).allSatisfy({ $0.contentHash == contents[$1] })
    {
      cache.write(entry, to: path)
    }
  }

  /// Reads and encodes the pieces of paths, as ``init(pieces:vocabulary:threads:cache:progress:)``
  /// does.
  public init(
    paths: [String], vocabulary: any Vocabulary, threads: Int? = nil, cache: CorpusCache? = nil,
    progress: @Sendable (Progress) -> Void = { _ in }
  ) throws(CancellationError) {
    try self.init(
      pieces: paths.map { PieceSource($0) }, vocabulary: vocabulary, threads: threads,
      cache: cache, progress: progress)
  }

  private init(
    _ entry: CorpusCache.Entry, skipped: [CorpusError], vocabulary: any Vocabulary
  ) {
    self.init(
      pieces: entry.pieces,
      store: LoadedPieces(
        tokens: entry.tokens, places: entry.pieces.map(\.tokens), lines: entry.lines),
      skipped: skipped, vocabulary: vocabulary)
  }

  private init(
    pieces: [Piece], store: any PieceStore, skipped: [CorpusError], vocabulary: any Vocabulary,
    kin: Kin = Kin()
  ) {
    self.pieces = pieces
    self.store = store
    self.skipped = skipped
    self.vocabulary = vocabulary
    hasGivenPart = vocabulary.accompanied != nil
    conditionCount = vocabulary.knownConditions?.slots.count ?? 0
    self.kin = kin
  }

  /// Asks the pieces' files of which works they are movements, several at once.
  private mutating func findWorks(threads: Int?) {
    let works = concurrentMap(pieces.map(\.source), threads: threads) {
      MovementMark.works(of: $0)
    }
    for (index, works) in works.enumerated() { pieces[index].works = works }
  }

  /// Puts together what was read.
  private static func joined(
    _ files: [Result<[PieceReader.Reading], CorpusError>]
  ) -> (entry: CorpusCache.Entry, skipped: [CorpusError]) {
    var entry = CorpusCache.Entry(pieces: [], files: [], tokens: [], lines: [])
    let readings = files.lazy.compactMap { try? $0.get() }.joined()
    entry.tokens.reserveCapacity(readings.reduce(0) { $0 + $1.tokens.count })
    var skipped: [CorpusError] = []
    for (number, file) in files.enumerated() {
      switch file {
      case .success(let readings):
        for var reading in readings {
          let start = entry.tokens.count
          reading.piece.tokens = start..<start + reading.tokens.count
          entry.pieces.append(reading.piece)
          entry.files.append(number)
          entry.tokens += reading.tokens
          entry.lines.append(reading.lines)
        }
      case .failure(let error): skipped.append(error)
      }
    }
    return (entry, skipped)
  }

  /// The same pieces in other tokens.
  ///
  /// - Parameters:
  ///   - vocabulary: what the tokens are of.
  ///   - counts: how many tokens each piece will have; nil where nobody knows.
  ///   - threads: how many pieces to encode at once; nil for one a core.
  ///   - encode: makes a piece's tokens of those that it has.
  /// - Returns: the corpus.
  /// - Throws: `CancellationError` where the task is cancelled.
  func reencoded(
    in vocabulary: any Vocabulary, counts: [Int]? = nil, threads: Int? = nil,
    _ encode: @escaping ReencodedPieces.Encoding
  ) throws(CancellationError) -> Corpus {
    let all = Array(pieces.indices)
    let store = ReencodedPieces(base: store, encode: encode)
    func moved(_ counts: [Int]) -> [Piece] {
      var moved = pieces
      var start = 0
      for (piece, count) in counts.enumerated() {
        moved[piece].tokens = start..<start + count
        start += count
      }
      return moved
    }
    if store.isMapped {
      let found =
        if let counts {
          counts
        } else {
          try parallelMap(all, threads: threads) { store.tokens(ofPiece: $0).count }
        }
      return Corpus(
        pieces: moved(found), store: store, skipped: skipped, vocabulary: vocabulary, kin: kin)
    }
    let encoded = try parallelMap(all, threads: threads) { Array(store.tokens(ofPiece: $0)) }
    let placed = moved(encoded.map(\.count))
    var tokens: [Token] = []
    tokens.reserveCapacity(placed.last?.tokens.upperBound ?? 0)
    for piece in encoded { tokens += piece }
    return Corpus(
      pieces: placed,
      store: LoadedPieces(
        tokens: tokens, places: placed.map(\.tokens), lines: all.map(store.lines(ofPiece:))),
      skipped: skipped, vocabulary: vocabulary, kin: kin)
  }
}

extension Corpus {
  /// The groups of near-duplicates, which are found when somebody asks and then kept.
  private final class Kin: Sendable {
    let groups = Mutex<[Int]?>(nil)
  }

  /// The number of each piece's group of near-duplicates: that of the first piece in it.
  ///
  /// - Complexity: O(n log n) for the n notes of all pieces, the first time.
  var nearGroups: [Int] {
    kin.groups.withLock { groups in
      if let groups { return groups }
      if let kept = store.groups(ofCorpus: contentDigest, count: pieces.count) {
        groups = kept
        return kept
      }
      // What is the same music is compared once.
      var number: [UInt64: Int] = [:]
      var firsts: [Int] = []
      for (index, piece) in pieces.enumerated() where number[piece.noteHash] == nil {
        number[piece.noteHash] = firsts.count
        firsts.append(index)
      }
      let near = NearDuplicates(stepCounts: firsts.map(store.stepCounts(ofPiece:))) {
        [store, firsts] in store.lines(ofPiece: firsts[$0])
      }
      let found = pieces.map { firsts[near.groups[number[$0.noteHash] ?? 0]] }
      groups = found
      store.keep(found, ofCorpus: contentDigest)
      return found
    }
  }

  /// A piece's tokens, from the start token to the end token.
  ///
  /// - Parameter piece: the piece's number.
  /// - Returns: the tokens; of a large collection a copy that takes memory only as long as somebody has it.
  public func tokens(ofPiece piece: Int) -> ArraySlice<Token> { store.tokens(ofPiece: piece) }

  /// How many tokens all pieces have.
  public var tokenCount: Int { pieces.last?.tokens.upperBound ?? 0 }

  /// The tokens of all pieces end to end, put together anew each time.
  public var tokens: [Token] {
    var all: [Token] = []
    all.reserveCapacity(tokenCount)
    for piece in pieces.indices { all += tokens(ofPiece: piece) }
    return all
  }

  /// A piece that was damaged where it is kept and could not be read anew, so that it is now one without notes; nil
  /// where there is none.
  public var damage: CorpusError? { store.damage }

  /// Sixteen hexadecimal digits that are equal for equal files in the same order, and for equal styles
  /// where they are told.
  public var digest: String { digest(withStyles: \.styles) }

  /// The ``digest`` that the corpus has where its pieces' styles are told otherwise.
  ///
  /// - Parameter styles: which styles pieces have.
  /// - Returns: sixteen hexadecimal digits.
  package func digest(telling styles: PieceStyles) -> String {
    digest(withStyles: { styles.styles(of: $0.source) })
  }

  private func digest(withStyles styles: (Piece) -> [String]) -> String {
    var hash = contentHash
    // Elsewhere styles change no token.
    if vocabulary.knownConditions?.tells(.style) ?? false {
      for piece in pieces { hash.combine(Array(styles(piece).joined(separator: "\n").utf8)) }
    }
    return hash.state.hexadecimal
  }

  private var contentHash: StableHash {
    // Order counts: a run knows its pieces by their numbers.
    var hash = StableHash()
    for piece in pieces { hash.combine(bytesOf: piece.contentHash) }
    return hash
  }

  private var contentDigest: String { contentHash.state.hexadecimal }

  /// Whether a piece is the one before it once more: a file that is read with a part given and then whole.
  func isSecondReading(_ piece: Int) -> Bool {
    vocabulary.accompanied?.isOptional ?? false && piece > 0
      && pieces[piece].source == pieces[piece - 1].source
  }

  /// Those of some pieces that are whole where a part is given or not, which is each file once; elsewhere all.
  ///
  /// - Parameter pieces: the pieces' numbers.
  /// - Returns: those of them that are whole, in their order.
  public func wholePieces(of pieces: some Sequence<Int>) -> [Int] {
    // A file is read whole last.
    pieces.filter { $0 + 1 == self.pieces.count || !isSecondReading($0 + 1) }
  }

  /// Some of many pieces, evenly chosen; a file that is read in two ways is chosen with both.
  ///
  /// - Parameters:
  ///   - pieces: the pieces' numbers.
  ///   - most: how many tokens those chosen shall have, about, at most.
  /// - Returns: some of them, of each stretch as many; all where they have no more tokens.
  package func evenlyChosen(from pieces: [Int], mostTokens most: Int) -> [Int] {
    let count = pieces.reduce(0) { $0 + self.pieces[$1].tokens.count }
    guard count > most else { return pieces }
    let files = pieces.indices.filter { $0 == 0 || !isSecondReading(pieces[$0]) }
    let kept = max(1, Int(Double(files.count) * Double(most) / Double(count)))
    return (0..<kept).flatMap { number in
      let file = number * files.count / kept
      let end = file + 1 < files.count ? files[file + 1] : pieces.count
      return pieces[files[file]..<end]
    }
  }

  /// Learns merges from the corpus and encodes it with them.
  ///
  /// Of more than some 16 million tokens so many are learned from, in evenly chosen pieces.
  ///
  /// - Parameters:
  ///   - count: how many merges to learn.
  ///   - pieces: the pieces to learn from, such as those to train on; all where `nil`.
  ///   - threads: how many pieces to encode at once; nil for one a core.
  /// - Returns: the corpus, whose vocabulary has the merges.
  /// - Throws: `VocabularyError` where the vocabulary and the merges are too many tokens, and
  ///   `CancellationError` where the task is cancelled.
  public func learningMerges(
    _ count: Int, from pieces: [Int]? = nil, threads: Int? = nil
  ) throws -> Corpus {
    let learned = try MergedVocabulary.learn(
      from: evenlyChosen(from: pieces ?? Array(self.pieces.indices), mostTokens: 1 << 24).lazy
        .map { tokens(ofPiece: $0) },
      base: vocabulary, count: count)
    return try reencoded(in: learned, threads: threads) { learned.merge(Array($1)) }
  }
}
