import FileStorage
import MuseGen

/// Which of how many files is played, counted from 0.
struct FilePlace {
  var index: Int
  var count: Int
  /// The file's name.
  var name: String

  var isFirst: Bool { index == 0 }
  var isLast: Bool { index == count - 1 }

  /// What stands before a title; nothing where there is one file.
  var text: String { count > 1 ? "\(index + 1) of \(count)  " : "" }
}

/// Files that are played one after another, through which a listener can step.
struct PlayedFiles {
  private struct File {
    var score: Score
    var source: KeptPiece
    var title: String
    var name: String
  }

  private var files: [File]
  /// What plays all but the drums; nil for what the files say.
  private let program: UInt8?
  private let sound: SoundOptions
  private let place: PlaceOptions

  /// Reads all files before the first is played.
  ///
  /// - Parameters:
  ///   - sources: each file, and as what it can be kept.
  ///   - sound: how they sound.
  ///   - place: where they are heard.
  /// - Throws: `Failure` for one that cannot be read, and for a setting out of its range.
  init(
    _ sources: [(path: String, source: KeptPiece)], sound: SoundOptions, place: PlaceOptions
  ) throws {
    let program = try sound.checkedProgram()
    self.program = program
    files = try sources.map { path, source in
      let score = try Score(fileAt: path).withoutSilentEnd(of: path)
      return File(
        score: program.map { score.playing($0) } ?? score, source: source,
        title: "\(path): \(PieceStatistics(score))", name: fileName(of: path))
    }
    self.sound = sound
    self.place = place
  }

  /// Plays them.
  func play() async throws {
    let opener = try place.opener(sound: sound)
    var rest = files
    var index = 0
    var isFirst = true
    var rendition = Rendition()
    let display = PlaybackDisplay(keeper: FavouriteKeeper(program: program))
    var isInterrupted = false
    let portGuard = place.port.flatMap { PortGuard(port: $0) }
    // It is left silent even where this process does not come to the end.
    defer { portGuard?.release() }
    while rest.indices.contains(index) {
      let file = rest[index]
      let player: LivePlayer
      do {
        player = try await open(Performance(file.score), by: opener, isFirst: isFirst)
      } catch {
        await display.leave()
        throw Failure(error)
      }
      isFirst = false
      // What was chosen for one piece holds for the next: they are to be compared.
      player.rendition = rendition
      let outcome = await display.run(
        player, PlayedMusic(file.score, of: file.source, title: file.title),
        saves: OutputFile(chosen: "\(pathWithoutExtension(file.name))-played.mid"),
        place: FilePlace(index: index, count: rest.count, name: file.name))
      rendition = player.rendition
      isInterrupted = outcome.isInterrupted
      if let error = outcome.error {
        await display.leave()
        throw Failure(error)
      }
      if isInterrupted || outcome.isQuit { break }
      switch outcome.step {
      case .back: index = max(0, index - 1)
      case .discard: rest.remove(at: index)
      case .next, .reseed, nil: index += 1
      }
    }
    await display.leave()
    if isInterrupted { throw CancellationError() }
  }

  /// Opens the device, which may not have been let go of by the player before yet, or the port, which has another
  /// piece behind it.
  private func open(
    _ performance: Performance, by opener: PlayerOpener, isFirst: Bool
  ) async throws(PlaybackError) -> LivePlayer {
    if !isFirst { try opener.clear() }
    do {
      return try opener.open(performance)
    } catch {
      guard !isFirst, case .deviceUnavailable = error.reason else { throw error }
    }
    await Interruption.pause(for: .milliseconds(200))
    return try opener.open(performance)
  }
}
