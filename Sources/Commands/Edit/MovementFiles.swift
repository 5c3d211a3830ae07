import Drawing
import FileStorage
import MuseGen

/// The files that `musegen edit --split movements` writes: one for each movement of each piece that is named.
struct MovementFiles {
  /// A piece and the names of its movements' files.
  private struct Work {
    var source: PieceSource
    var names: [String]
  }

  /// What a piece's file holds.
  private struct Contents {
    var score: Score
    var format: MIDIFile.Format
    var losses: NotationLosses?
    /// What its movements say of the work.
    var mark: MovementMark
  }

  private let argument: String
  /// The folder that they go to, with a slash at its end.
  private let output: String
  private let edits: Edits
  private let overwrite: OverwriteOptions

  /// How many movements a piece has, at most.
  private static let mostMovements = 1_000
  /// How many events are looked at for all movements of a piece together, at most: for each one all of the piece's.
  private static let mostVisits = 1_000_000_000
  /// How much the movements of a piece are told again together, at most.
  private static let mostToldAgain = 10_000_000

  /// Checks where the files are to go.
  ///
  /// - Parameters:
  ///   - argument: a file, a folder, a pattern, a collection's name or a tune of an ABC file.
  ///   - outputs: what stands behind `--output`.
  ///   - edits: what is done with each piece before.
  ///   - overwrite: what may be replaced.
  /// - Throws: ``Failure`` where the output is not the name of one folder.
  init(
    of argument: String, outputs: [String], edits: Edits, overwrite: OverwriteOptions
  ) throws(Failure) {
    guard outputs.count == 1, let output = outputs.first, !output.isEmpty else {
      throw Failure(
        .usage, "--split movements writes into one folder, expected its name behind -o")
    }
    let kind = fileKind(at: output)
    let isNamedAsFile = (PieceWriter.midiEndings + ScoreFile.endings)
      .contains(fileExtension(of: output).lowercased())
    guard kind == .folder || kind == nil && !isNamedAsFile && !OutputFile.isStream(output) else {
      throw Failure(.usage, "-o \(output) is no folder, expected one for --split movements")
    }
    self.argument = argument
    self.output = output.hasSuffix("/") ? output : output + "/"
    self.edits = edits
    self.overwrite = overwrite
  }

  /// Reads the pieces and writes their movements; nothing is written before all can be.
  ///
  /// - Throws: ``Failure`` where nothing can be read, a piece cannot be edited, or a file cannot be written.
  func write() throws {
    let (sources, unreadable) = try NamedMusic([argument]).find(tellingSources: false)
    let terminal = Terminal()
    terminal.transient("reading \(sources.count.counted("file"))")
    let base = Self.base(of: argument)
    var works: [Work] = []
    var skipped = unreadable
    // A pipe can be read once only.
    var only: Contents?
    for source in sources {
      let contents: Contents
      do throws(CorpusError) {
        contents = try Self.contents(of: source)
      } catch {
        skipped.append(error)
        continue
      }
      let count = try movements(of: contents.score, path: source.path).count
      works.append(Work(source: source, names: names(of: source, below: base, count: count)))
      if sources.count == 1 { only = contents }
    }
    let total = sources.count + unreadable.count
    if total == 1, let error = skipped.first { throw Failure(error) }
    SkippedFiles(errors: skipped, total: total).warn()
    if works.isEmpty { throw Failure.nothingReadable(of: total) }
    try checkNames(of: works)
    let files = works.map { work in
      work.names.map { OutputFile(given: $0, overwrite: overwrite) }
    }
    try prepare(Array(files.joined()))
    for (work, files) in zip(works, files) {
      try write(work, to: files, contents: only, terminal)
    }
    if works.count > 1 {
      let count = works.reduce(0) { $0 + $1.names.count }
      terminal.line("\(works.count.counted("piece")), \(count.counted("movement"))")
    }
  }

  /// Writes the movements of a piece, which is read again where its contents are not given.
  private func write(
    _ work: Work, to files: [OutputFile], contents: Contents?, _ terminal: Terminal
  ) throws {
    let piece: Contents
    do throws(CorpusError) {
      if let contents { piece = contents } else { piece = try Self.contents(of: work.source) }
    } catch {
      throw Failure(error)
    }
    let movements = try movements(of: piece.score, path: work.source.path)
    guard movements.count == files.count else {
      throw Failure(CorpusError(.changed, path: work.source.path))
    }
    for (index, file) in files.enumerated() {
      var movement = movements[index]
      if movements.count > 1 {
        let text = piece.mark.text(ofMovement: index + 1, of: movements.count)
        movement.texts.insert(TextEvent(tick: 0, kind: .text, text: text), at: 0)
      }
      let name = try file.write(movement.midiFile(format: piece.format).bytes())
      terminal.line("\(name): \(PieceStatistics(movement))")
    }
    if let line = piece.losses?.line { Terminal.warn("\(work.source.path): \(line)") }
  }

  private static func contents(of source: PieceSource) throws(CorpusError) -> Contents {
    let file = try readPiece(at: source.path)
    do throws(MIDIFileError) {
      let midi = try MIDIFile(bytes: file.bytes)
      return Contents(
        score: Score(midi), format: midi.format, losses: file.losses,
        mark: MovementMark(ofWork: file.bytes))
    } catch {
      throw CorpusError(.malformed(error), path: source.path)
    }
  }

  /// The movements of a piece, each a score, after all edits.
  private func movements(of score: Score, path: String) throws(Failure) -> [Score] {
    let edited = try edits.applied(to: score, of: path)
    let ranges = edited.movements
    if ranges.count == 1 { return [edited] }
    let events = edited.eventCount
    guard ranges.count <= Self.mostMovements, events <= Self.mostVisits / ranges.count else {
      throw Failure(
        .data,
        "\(path): \(ranges.count.grouped) movements and \(events.grouped) events found, expected "
          + "\(Self.mostMovements.grouped) movements at most, and fewer of more than "
          + "\((Self.mostVisits / Self.mostMovements).grouped) events")
    }
    var movements: [Score] = []
    var told = 0
    for range in ranges {
      let movement = edited.trimmed(to: range)
      told += movement.toldSize
      guard told <= edited.toldSize + Self.mostToldAgain else {
        throw Failure(
          .data,
          "\(path): \(ranges.count.grouped) movements share what holds where they begin, expected "
            + "\(Self.mostToldAgain.grouped) messages and bytes of texts at most in their files")
      }
      movements.append(movement)
    }
    return movements
  }

  /// The folder from which those in the output count, by its names: the longest beginning of what was named that is one.
  private static func base(of argument: String) -> [String] {
    let collections = CollectionStore.standard()
    let isCollection =
      fileKind(at: argument) == nil && collections.collection(named: argument) != nil
    var names = pathNames(
      absolutePath(isCollection ? collections.path(of: argument) : argument))
    while !names.isEmpty, fileKind(at: "/" + names.joined(separator: "/")) != .folder {
      names.removeLast()
    }
    return names
  }

  /// The names of a piece's files: numbered where they are several, in the folders in which it stands below a base.
  private func names(of source: PieceSource, below base: [String], count: Int) -> [String] {
    let names = pathNames(absolutePath(source.file))
    let isBelow = names.map(\.systemPath).starts(with: base.map(\.systemPath))
    let folders = isBelow ? names.dropLast().dropFirst(base.count).map { $0 + "/" } : []
    let name = "\(output)\(folders.joined())\(source.path.fileStem).mid"
    guard count > 1 else { return [name] }
    return (1...count).map { name.numbered($0, width: String(count).count) }
  }

  /// Refuses names that two pieces would share, and those of pieces that are read.
  private func checkNames(of works: [Work]) throws(Failure) {
    var owners: [[UInt8]: String] = [:]
    for work in works {
      for name in work.names {
        let other = owners.updateValue(
          work.source.path, forKey: absolutePath(name).systemPath)
        guard let other else { continue }
        throw Failure(.usage, "\(other) and \(work.source.path) would both become \(name)")
      }
    }
    for work in works where owners[absolutePath(work.source.file).systemPath] != nil {
      throw Failure(
        .usage,
        "\(work.source.file) would be written over, expected another folder behind -o")
    }
  }

  /// Finds out whether the files can be written, and makes their folders.
  private func prepare(_ files: [OutputFile]) throws {
    // In a folder that is not there nothing is in the way.
    for file in files where fileKind(at: FileStorage.folder(of: file.path)) == .folder {
      try file.check()
    }
    try Failure.writing {
      for file in files { try createFolder(at: FileStorage.folder(of: file.path)) }
    }
  }
}

extension Score {
  /// How many notes, messages, texts and changes there are.
  fileprivate var eventCount: Int {
    tracks.reduce(0) { $0 + $1.notes.count + $1.messages.count + $1.texts.count }
      + tempos.count + timeSignatures.count + keySignatures.count + texts.count
      + systemExclusives.count
  }

  /// How many messages, and bytes of what can be long, stand in a file of the score besides notes and texts.
  fileprivate var toldSize: Int {
    tracks.reduce(title.utf8.count) { $0 + 1 + $1.name.utf8.count + $1.messages.count }
      + systemExclusives.reduce(0) { $0 + $1.data.count }
  }
}
