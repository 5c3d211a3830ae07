import Drawing
import FileStorage
import Foundation
import MuseGen
import Settings

/// The music that arguments name: files, folders, patterns, tunes of ABC files and collections of
/// `musegen corpus`.
///
/// What is left out or cannot be read is told on standard error.
struct NamedMusic {
  /// What the user typed.
  let arguments: [String]
  /// How many files are read at once, at most; one a core where nil.
  let threads: Int?

  init(_ arguments: [String], threads: Int? = nil) {
    self.arguments = arguments
    self.threads = threads
  }

  /// Finds the pieces; tunes of ABC files are left out where `abc2midi` is not installed.
  ///
  /// - Parameter tellingSources: whether it is told which files are left out beside MIDI files made of them.
  /// - Returns: the pieces, at least one.
  /// - Throws: ``Failure`` where nothing is found.
  func pieces(tellingSources: Bool = true) throws -> [PieceSource] {
    let (pieces, unreadable) = try find(tellingSources: tellingSources)
    SkippedFiles(errors: unreadable, total: pieces.count + unreadable.count).warn()
    return pieces
  }

  /// Finds the pieces as ``pieces()`` does, and what stands among them and is no file of music, which is
  /// left to be told.
  func find(
    tellingSources: Bool = true
  ) throws -> (pieces: [PieceSource], unreadable: [CorpusError]) {
    let found: FoundPieces
    do {
      found = try MIDIFileFinder(collections: .standard()).find(arguments)
    } catch {
      throw Failure(.noInput, error.description + advice(after: error))
    }
    let unreadable = found.leftOut.filter { $0.made == nil }
    if tellingSources { warn(ofSources: found.leftOut) }
    guard ABCConverter() == nil else { return (found.pieces, unreadable) }
    let readable = found.pieces.filter { !$0.isABC }
    let missing = found.pieces.count - readable.count
    guard missing > 0 else { return (found.pieces, unreadable) }
    let reason =
      "\(missing.counted("ABC tune")) need \(ABCConverter.program), which is not installed; "
      + "install abcmidi"
    guard !readable.isEmpty else { throw Failure(.unavailable, reason) }
    Terminal.warn("\(reason); skipped")
    return (readable, unreadable)
  }

  /// Where the music could be had that was not found: under the name that its parts are of, or nearly under its
  /// name, or from a public collection of that name, or nearly.
  func advice(after error: CorpusError) -> String {
    guard case .missing = error.reason else { return "" }
    let whole = arguments.joined(separator: " ")
    if arguments.count > 1, fileKind(at: whole) != nil {
      return "; write what has blanks in quotes: \(whole.shellQuoted)"
    }
    let nearest = nearestMusic(toMissing: error.path)
    guard nearest.isEmpty, !error.path.contains("/") else { return nearest.asNearest }
    let names = PublicCollection.all.map(\.name)
    let name = names.contains(error.path) ? error.path : error.path.nearest(among: names).first
    return name.map { "; musegen corpus get \($0) fetches the collection \($0)" } ?? ""
  }

  /// Finds the pieces as ``pieces()`` does, and gives their paths; of what MIDI files were made of nothing is said,
  /// as nothing is lost.
  func paths() throws -> [String] {
    try pieces(tellingSources: false).map(\.path)
  }

  /// Finds, reads and encodes the pieces.
  ///
  /// - Parameters:
  ///   - vocabulary: in which vocabulary to encode.
  ///   - measuringAttributes: whether what pieces are as a whole is taken too.
  ///   - labels: where their styles come from; nil for the folders' names.
  ///   - terminal: where progress is shown; nil to show none.
  ///   - choose: which of the pieces found to read, at least one.
  /// - Returns: the pieces, at least one.
  /// - Throws: ``Failure`` where nothing is found or nothing can be read.
  func corpus(
    in vocabulary: any Vocabulary, measuringAttributes: Bool = false,
    labels: LabelOptions? = nil, terminal: Terminal?,
    choosing choose: ([PieceSource]) throws -> [PieceSource] = { $0 }
  ) throws -> Corpus {
    let found = try find()
    let pieces = try choose(found.pieces)
    let total = pieces.count + found.unreadable.count
    let pace = ReadingPace()
    let reading = KeptReading()
    let styles = try labels?.styles(of: pieces, in: arguments) ?? PieceStyles()
    let corpus = try reading.corpus {
      try Corpus(
        pieces: pieces, leavingOut: found.unreadable, vocabulary: vocabulary, threads: threads,
        cache: .user, styles: styles, measuringAttributes: measuringAttributes
      ) { progress in
        reading.heed(progress)
        if let terminal, let line = pace.line(progress) { terminal.transient(line) }
      }
    }
    if let summary = pace.summary { terminal?.line(summary) }
    if total == 1, let skipped = corpus.skipped.first { throw Failure(skipped) }
    SkippedFiles(errors: corpus.skipped, total: total).warn()
    if corpus.pieces.isEmpty { throw Failure.nothingReadable(of: total) }
    if let problem = corpus.storageProblem {
      Terminal.warn("\(problem); the music is held in memory, and read anew the next time")
    }
    warnOfFaults(in: corpus)
    warnOfSilence(in: corpus)
    warnOfWeight(in: corpus)
    return corpus
  }

  /// Tells in a line how much silence was left out of pieces that are mostly nothing.
  private func warnOfSilence(in corpus: Corpus) {
    let shortened = corpus.files.filter { $0.secondsLeftOut > 0 }
    guard let most = shortened.max(by: { $0.secondsLeftOut < $1.secondsLeftOut }) else { return }
    let seconds = ClockText.duration(shortened.reduce(0) { $0 + $1.secondsLeftOut })
    Terminal.warn(
      shortened.count == 1
        ? "\(most.path): \(seconds) in which nothing happens left out"
        : "\(shortened.count.counted("piece")): \(seconds) in which nothing happens left out, most of "
          + "it of \(most.path)")
  }

  /// Tells of a piece that is most of a corpus of many.
  private func warnOfWeight(in corpus: Corpus) {
    guard corpus.files.count >= NamedMusic.fewPieces,
      let longest = corpus.pieces.max(by: { $0.tokens.count < $1.tokens.count }),
      2 * longest.tokens.count > corpus.tokenCount
    else { return }
    let share = 100 * longest.tokens.count / corpus.tokenCount
    Terminal.warn(
      "\(longest.path): \(share) % of all tokens, more than the other "
        + "\((corpus.files.count - 1).grouped) pieces together")
  }

  /// Among fewer pieces than this one may well be most of the music.
  private static let fewPieces = 5

  /// Loads the pieces to train on and those held out.
  ///
  /// The names of held-out ones may be among the arguments; what is like them is not trained on, or told.
  ///
  /// - Parameters:
  ///   - heldOut: which pieces are held out.
  ///   - likeness: what must not stand on both sides.
  ///   - vocabulary: in which vocabulary to encode.
  ///   - measuringAttributes: whether what pieces are as a whole is taken too.
  ///   - labels: where their styles come from; nil for the folders' names.
  ///   - terminal: where progress is shown.
  /// - Returns: all pieces, and how they are parted.
  /// - Throws: ``Failure`` where nothing is found or nothing can be read, on either side.
  func corpus(
    holdingOut heldOut: HeldOut, _ likeness: Likeness, in vocabulary: any Vocabulary,
    measuringAttributes: Bool = false, labels: LabelOptions? = nil, terminal: Terminal
  ) throws -> (corpus: Corpus, split: Split) {
    let names = heldOut.names
    do {
      _ = try MIDIFileFinder(collections: .standard()).find(names)
    } catch {
      throw Failure(.noInput, "--valid: \(error)\(NamedMusic(names).advice(after: error))")
    }
    let known = Set(arguments.map(\.systemPath))
    let all = NamedMusic(
      arguments + names.filter { !known.contains($0.systemPath) }, threads: threads)
    let corpus = try all.corpus(
      in: vocabulary, measuringAttributes: measuringAttributes, labels: labels,
      terminal: terminal)
    let split: Split
    do {
      split = try corpus.split(heldOut, keepingTogether: likeness)
    } catch {
      throw Failure(.usage, error.line(naming: "--valid"))
    }
    guard !split.train.isEmpty else {
      throw Failure(
        .usage,
        "--valid: holds out \(corpus.files.count.counted("piece")), which leaves none to train on")
    }
    warnOfLikeness(in: corpus, split)
    return (corpus, split)
  }

  /// Tells which pieces are on neither side, and which are on both.
  private func warnOfLikeness(in corpus: Corpus, _ split: Split) {
    func example(_ piece: Int, among others: [Int]) -> String {
      let path = corpus.pieces[piece].path
      return corpus.piece(like: piece, among: others).map { "\(path) as \(corpus.pieces[$0].path)" }
        ?? path
    }
    let held = Set(split.valid.map { corpus.pieces[$0].noteHash })
    let leftOut = corpus.wholePieces(of: split.leftOut)
    let copies = leftOut.filter { held.contains(corpus.pieces[$0].noteHash) }
    if let copy = copies.first {
      Terminal.warn(
        "\(copies.count.counted("piece")) held out under another name too, such as "
          + "\(example(copy, among: split.valid)); not trained on")
    }
    let near = leftOut.filter { !held.contains(corpus.pieces[$0].noteHash) }
    if let variant = near.first {
      Terminal.warn(
        "\(near.count.counted("piece")) nearly the same as pieces held out, such as "
          + "\(example(variant, among: split.valid)); not trained on")
    }
    let nearTraining = corpus.wholePieces(of: split.nearTraining)
    if let heard = nearTraining.first {
      let valid = corpus.wholePieces(of: split.valid)
      Terminal.warn(
        "\(nearTraining.count.grouped) of \(valid.count.counted("piece")) held out nearly "
          + "the same as pieces trained on, such as \(example(heard, among: split.train)); the loss "
          + "without them is told too")
    }
  }

  /// Reads the pieces as those in which copies are looked for.
  ///
  /// - Parameter terminal: where it is shown that this takes a while; nil to show nothing.
  /// - Returns: at least one piece.
  /// - Throws: ``Failure`` where nothing is found or nothing can be read.
  func repertoire(terminal: Terminal?) throws -> Repertoire {
    let paths = try paths()
    terminal?.transient("reading \(paths.count.counted("file"))")
    let (repertoire, skipped) = try Repertoire.read(
      paths, threads: ProcessInfo.processInfo.activeProcessorCount)
    SkippedFiles(errors: skipped, total: paths.count).warn()
    if repertoire.count == 0 { throw Failure.nothingReadable(of: paths.count) }
    return repertoire
  }

  /// Tells of ABC tunes that are not played as they are written.
  private func warnOfFaults(in corpus: Corpus) {
    let faulty = corpus.files.filter { $0.faultCount > 0 }
    guard let first = faulty.first else { return }
    let tunes = corpus.files.count { $0.source.isABC || $0.faultCount > 0 }
    Terminal.warn(
      "\(faulty.count.grouped) of \(tunes.counted("ABC tune")) \(faulty.count == 1 ? "has" : "have") "
        + "faults, such as \(first.path); musegen info lists them")
  }

  /// Tells of the files that were made into MIDI files, in one line.
  private func warn(ofSources leftOut: [CorpusError]) {
    let sources = leftOut.compactMap { error in error.made.map { (path: error.path, midi: $0) } }
    guard let first = sources.first else { return }
    Terminal.warn(
      sources.count == 1
        ? "\(first.path) is left out beside \(first.midi), which was made of it"
        : "\(sources.count.grouped) ABC files are left out beside the MIDI files made of them, such as "
          + first.path)
  }
}

extension Corpus {
  /// The pieces, a file that is read with a part given and whole once.
  fileprivate var files: [Piece] { wholePieces(of: pieces.indices).map { pieces[$0] } }
}

extension CorpusError {
  /// The MIDI file that was made of the path's; nil where something else is the matter.
  fileprivate var made: String? { if case .madeInto(let midi) = reason { midi } else { nil } }
}

extension Failure {
  static func nothingReadable(of files: Int) -> Failure {
    Failure(.data, "none of \(files.counted("file")) could be read as music")
  }
}

extension Corpus {
  /// Sees to it that every piece that was read was the piece, once all are read.
  ///
  /// - Throws: ``Failure`` for one that was damaged where it is kept and cannot be read anew.
  func checkIsWhole() throws(Failure) {
    if let damage { throw Failure(damage) }
  }
}

extension Score {
  /// Reads a MIDI file, or a tune of an ABC file; what is wrong with it is repaired without a word.
  ///
  /// - Parameter path: a file, or `book.abc#3`.
  /// - Throws: ``Failure`` where it cannot be read or holds no music.
  init(fileAt path: String) throws { self = try Score.read(fileAt: path).score }

  /// Reads a file as ``init(fileAt:)`` does, and tells what it is as MIDI, and what was made of the file.
  static func read(
    fileAt path: String
  ) throws -> (score: Score, midi: MIDIFile, piece: PieceFile) {
    let piece: PieceFile
    do {
      piece = try readPiece(at: path)
    } catch {
      throw Failure(error)
    }
    do {
      let midi = try MIDIFile(bytes: piece.bytes)
      return (Score(midi), midi, piece)
    } catch {
      throw Failure(.data, "\(path): \(error)")
    }
  }
}

extension Score {
  /// Says in a line where there is nothing to hear or to see.
  ///
  /// - Parameter path: the file that the line names.
  func warnWithoutNotes(of path: String) {
    if tracks.allSatisfy(\.notes.isEmpty) { Terminal.warn("\(path): has no notes") }
  }

  /// The score without a long silent end, which is told in a line, as it is where all is silent.
  ///
  /// - Parameter path: the file that the line names.
  /// - Returns: the score up to ten seconds after its last note.
  func withoutSilentEnd(of path: String) -> Score {
    warnWithoutNotes(of: path)
    let trimmed = trimmingSilentEnd()
    if trimmed.endTick < endTick {
      let silence = ClockText.duration(duration - trimmed.duration)
      Terminal.warn("\(path): \(silence) of silence at the end left out")
    }
    return trimmed
  }
}

extension String {
  /// The name of the file at this path without folder and ending; the third tune of `book.abc` is
  /// `book-3`.
  var fileStem: String {
    if let place = TuneBook.place(self) { return "\(place.file.fileStem)-\(place.tune)" }
    return pathWithoutExtension(fileName(of: self))
  }
}
