import ArgumentParser
import Downloads
import Favourites
import FileStorage
import Foundation
import MuseGen
import Synchronization

/// What a listener can keep.
enum KeptPiece: Sendable {
  /// A piece that is being written, by its settings, with what was changed on the way.
  case written(GenerationSettings)
  /// A file.
  case file(String)
  /// What is a favourite already.
  case favourite(Favourite)
}

/// Keeps pieces as favourites while they are played, one after another, and tells of it.
///
/// A piece is kept whole, to its end, in the key and the tempo and with the program in which it is heard when it is
/// kept. One that is still being written is written to its end beside what is played.
final class FavouriteKeeper: Sendable {
  /// Who writes new music.
  struct Author: Sendable {
    var model: Model
    var description: FavouriteNote.Model
    var commandLine: PieceCommandLine
    /// What all but the drums is played with; nil for what the music says.
    var program: UInt8?
  }

  private struct State {
    var news: [String] = []
    /// The last piece to be kept, behind which the next one waits.
    var last: Task<Void, Never>?
    /// How many are still to be kept.
    var waiting = 0
    /// Who writes new music, once it was asked.
    var author: Author?
    /// What was kept of new music, by how it was heard.
    var written: [WrittenPiece: Favourite] = [:]
  }

  private struct WrittenPiece: Hashable {
    var settings: GenerationSettings
    var semitones: Int
    var speed: Double
  }

  private let store: FavouriteStore
  /// What plays all but the drums of files; nil for what they say.
  private let program: UInt8?
  private let findAuthor: (@Sendable () async throws -> Author)?
  private let state = Mutex(State())

  /// Creates a keeper.
  ///
  /// - Parameters:
  ///   - store: where favourites are.
  ///   - program: what plays all but the drums of files; nil for what they say.
  ///   - author: who writes new music, asked when a piece is kept first; nil where files are played.
  init(
    store: FavouriteStore = .standard(), program: UInt8? = nil,
    author: (@Sendable () async throws -> Author)? = nil
  ) {
    self.store = store
    self.program = program
    findAuthor = author
  }

  /// Keeps a piece, or rates what is kept already.
  ///
  /// - Parameters:
  ///   - piece: the piece.
  ///   - rendition: the key and the tempo in which it is heard.
  ///   - rating: how much it is liked; nil where nobody says.
  func keep(_ piece: KeptPiece, _ rendition: Rendition, rating: Int?) {
    state.withLock { state in
      let before = state.last
      state.waiting += 1
      state.last = Task.detached(priority: .utility) { [self] in
        await before?.value
        let news: String
        do {
          news = try await kept(piece, rendition, rating: rating)
        } catch {
          news = "not kept: \((error as? Failure)?.message ?? "\(error)")"
        }
        self.state.withLock { state in
          state.news.append(news)
          state.waiting -= 1
        }
      }
    }
  }

  /// Removes and returns what has been done since the last call, a line each.
  func takeNews() -> [String] {
    state.withLock { state in
      defer { state.news = [] }
      return state.news
    }
  }

  /// Whether something is still to be kept.
  var isBusy: Bool { state.withLock { $0.waiting > 0 } }

  /// Waits until all is kept, and returns what has been done.
  func finish() async -> [String] {
    await state.withLock { $0.last }?.value
    return takeNews()
  }

  private func kept(
    _ piece: KeptPiece, _ rendition: Rendition, rating: Int?
  ) async throws -> String {
    var (favourite, isNew): (Favourite, Bool)
    var remark = ""
    switch piece {
    case .favourite(let known):
      guard let found = store[known.name] else {
        throw Failure(.noInput, "\(known.name) is no favourite any more")
      }
      (favourite, isNew) = (found, false)
    case .file(let path): (favourite, isNew, remark) = try keep(fileAt: path, rendition)
    case .written(let settings):
      let heard = WrittenPiece(
        settings: settings, semitones: rendition.semitones, speed: rendition.speed)
      if let known = state.withLock({ $0.written[heard] }), let known = store[known.name] {
        (favourite, isNew) = (known, false)
      } else {
        (favourite, isNew, remark) = try await keep(settings, rendition)
        state.withLock { [favourite] in $0.written[heard] = favourite }
      }
    }
    let kept = (isNew ? "kept as \(favourite.name)" : "\(favourite.name) is kept already") + remark
    guard let rating else { return kept }
    _ = try Failure.writing { try store.rate(favourite, rating) }
    return isNew ? "\(kept), rated \(rating)" : "\(favourite.name) rated \(rating)"
  }

  private var author: Author? {
    get async throws {
      if let known = state.withLock({ $0.author }) { return known }
      let found = try await findAuthor?()
      state.withLock { $0.author = found }
      return found
    }
  }

  /// Writes a piece to its end, as `generate` does, and keeps it.
  private func keep(
    _ settings: GenerationSettings, _ rendition: Rendition
  ) async throws -> (Favourite, Bool, remark: String) {
    guard let author = try await author else {
      throw Failure(.software, "nobody writes music here")
    }
    let generator = try author.model.startPiece(settings)
    while generator.next() != nil {}
    var score = author.program.map { generator.score.playing($0) } ?? generator.score
    let credit = PieceCredit(model: author.model, seed: settings.seed)
    credit.sign(&score)
    let (midi, edits, edited) = try Self.edited(score.midiFile().bytes(), rendition)
    let remark = Self.remark(edits, rendition)
    let name = "\(author.description.name?.fileStem ?? "piece")-\(settings.seed)"
    return try add(midi, of: edited, remark: remark, named: name) { note, name in
      note.model = author.description
      note.seed = settings.seed
      note.musegen = MuseGenCommand.version
      note.command = author.commandLine.text(settings, edits: edits, file: "\(name).mid")
    }
  }

  private func keep(
    fileAt path: String, _ rendition: Rendition
  ) throws -> (Favourite, Bool, remark: String) {
    let bytes: [UInt8]
    do {
      bytes = try readMIDIFile(at: path)
    } catch {
      throw Failure(error)
    }
    let (midi, edits, score) = try Self.edited(bytes, rendition, program)
    let remark = Self.remark(edits, rendition)
    return try add(midi, of: score, remark: remark, named: path.fileStem) { note, name in
      if let credit = PieceCredit(score) {
        note.model = FavouriteNote.Model(title: credit.model.isEmpty ? nil : credit.model)
        note.seed = credit.seed
      }
      note.source = absolutePath(path)
      if !edits.isEmpty {
        note.command = PieceCommandLine.edit(
          absolutePath(path), by: edits, into: "\(name).mid", overwrite: false)
      }
    }
  }

  private func add(
    _ midi: [UInt8], of score: Score, remark: String, named name: String,
    note: (inout FavouriteNote, _ name: String) -> Void
  ) throws -> (Favourite, Bool, remark: String) {
    let (favourite, isNew) = try Failure.writing {
      try store.add(midi, named: name) { name in
        var made = FavouriteNote()
        made.title = score.title.isEmpty ? nil : score.title
        made.date = Date.now.formatted(.iso8601)
        made.seconds = (score.duration * 1000).rounded() / 1000
        note(&made, name)
        return made
      }
    }
    return (favourite, isNew, remark)
  }

  /// What is to be told of a piece that was to be moved and is not.
  private static func remark(_ edits: [String], _ rendition: Rendition) -> String {
    rendition.semitones == 0 || edits.contains("--transpose")
      ? "" : " in its own key, for moved its notes would leave the pitches"
  }

  /// A file in another key and tempo and with another program, as `edit` makes it; in its own key where notes would
  /// leave the pitches.
  ///
  /// - Returns: its bytes, the flags of `edit` that make them, and its music; the same bytes and no flags
  ///   where nothing is changed.
  private static func edited(
    _ bytes: [UInt8], _ rendition: Rendition, _ program: UInt8? = nil
  ) throws -> (bytes: [UInt8], edits: [String], score: Score) {
    let file: MIDIFile
    do {
      file = try MIDIFile(bytes: bytes)
    } catch {
      throw Failure(.data, "\(error)")
    }
    let score = Score(file)
    var edits: [String] = []
    if rendition.semitones != 0, score.staysInPitches(movedBy: rendition.semitones) {
      edits += ["--transpose", "\(rendition.semitones)"]
    }
    if rendition.speed != 1, let tempo = score.firstTempo {
      let asked = (tempo * rendition.speed * 100).rounded() / 100
      edits += ["--tempo", Int(exactly: asked).map { "\($0)" } ?? "\(asked)"]
    }
    if let program, score.tracks.contains(where: { !$0.isDrums && !$0.notes.isEmpty }) {
      edits += ["--program", "\(program)"]
    }
    if edits.isEmpty { return (bytes, [], score) }
    let command = try EditCommand.parse(["piece.mid"] + edits)
    let edited = try Edits(command).applied(to: score, of: "the piece")
    return (edited.midiFile(format: file.format).bytes(), edits, edited)
  }
}

extension Score {
  /// Whether all notes but the drums' are pitches still, moved by some semitones, and there are any.
  fileprivate func staysInPitches(movedBy semitones: Int) -> Bool {
    let pitches = tracks.lazy.filter { !$0.isDrums }.flatMap(\.notes).map {
      Int($0.pitch) + semitones
    }
    guard let lowest = pitches.min(), let highest = pitches.max() else { return false }
    return lowest >= 0 && highest <= 127
  }

  /// The tempo in which the first note is struck, in quarter notes a minute; nil in time code.
  fileprivate var firstTempo: Double? {
    guard case .ticksPerQuarter = division else { return nil }
    let first = tracks.compactMap(\.notes.first?.onset).min() ?? 0
    return tempos.last { $0.tick <= first }?.quartersPerMinute ?? 120
  }
}

extension FavouriteNote.Model {
  /// Describes a model.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - path: its file, or a run's folder.
  init(_ model: Model, path: String) {
    let named = ModelCatalog.standard().entries.first { $0.path == path }
    self.init(
      name: named?.name ?? absolutePath(path), title: model.provenance.title,
      sha256: fileKind(at: path) == .file ? try? SHA256.hexadecimal(ofFile: path) : nil)
  }
}
