import Drawing
import ArgumentParser
import FileStorage
import Foundation
import MuseGen

/// `musegen generate`: writes new pieces to MIDI or sound files.
struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Writes new pieces to .mid, .musicxml, .pdf, .wav, .flac, .ogg, .opus or .mp3 files.")

  @OptionGroup var model: ModelOptions
  @OptionGroup var generation: GenerationOptions
  @OptionGroup var novelty: NoveltyOptions
  @OptionGroup var sound: SoundOptions

  @Option(
    name: .short, parsing: .unconditional, help: "How many pieces; their files are numbered.")
  var number = 1

  @Option(parsing: .unconditional, help: "Write so many of each piece and keep the likeliest.")
  var bestOf = 1

  @Option(
    parsing: .unconditional,
    help: "Draw no event by chance: keep the so many likeliest beginnings at every event.")
  var beam: Int?

  @Flag(help: "Leave the primer out of what is written.")
  var withoutPrimer = false

  @Option(
    name: [.short, .long],
    help: """
      The file to write; its ending chooses the format. May be given again for another (default: \
      \(PieceWriter.standardName)).
      """)
  var output: [String] = []

  @Option(help: "Draw the pieces as small piano rolls on a page: the .svg file to write.")
  var roll: String?

  @OptionGroup var overwrite: OverwriteOptions

  /// How many pieces a page shows on a terminal, at most.
  private static let mostOnPage = 24

  mutating func run() async throws {
    guard (1...10_000).contains(number) else {
      throw Failure(.usage, "-n is \(number), expected 1 to 10000")
    }
    guard (1...64).contains(bestOf) else {
      throw Failure(.usage, "--best-of is \(bestOf), expected 1 to 64")
    }
    if beam != nil, number > 1 || bestOf > 1 || novelty.novel != nil {
      throw Failure(.usage, "--beam writes one piece, expected no -n, --best-of or --novel with it")
    }
    if beam != nil, generation.form != nil {
      throw Failure(.usage, "--beam keeps to no form, expected no --form with it")
    }
    if beam != nil, !generation.then.isEmpty {
      throw Failure(.usage, "--beam draws nothing by chance, expected no --then with it")
    }
    var settings = try generation.settings()
    let writer = try PieceWriter(
      outputs: output, count: number, sound: sound, beside: roll, overwrite: overwrite)
    let picture = try roll.map { path in
      try OutputFile.checkEnding(of: path, among: ["svg"], flag: "--roll")
      let file = OutputFile(given: path, overwrite: overwrite)
      try file.check()
      return file
    }
    let (loaded, path) = try model.loadWithPath()
    let model: Model
    (model, settings) = try generation.prepare(loaded, for: settings)

    let terminal = writer.terminal
    if let beam {
      let piece = try search(width: beam, model: model, settings: settings, terminal: terminal)
      let written = try writer.write(
        music(of: piece), index: 0, credit: PieceCredit(model: model, seed: settings.seed),
        upon: settings.primer)
      let loss = (-piece.logLikelihoodPerToken).decimals(3)
      try draw([written], to: picture, on: terminal)
      terminal.line(
        (["\(written), \(loss) nats per event"] + piece.told + ["seed \(settings.seed)"])
          .joined(separator: ", "))
      return
    }
    let novelty = try novelty.check(ofModelAt: path, terminal: terminal)
    let seeds = (0..<number).map { settings.seed &+ UInt64($0) }
    var drawn = [PieceWriter.Written?](repeating: nil, count: number)
    var waiting: [Int: PieceBatch.Piece] = [:]
    var unwritten = UnwrittenPieces(seeds)
    try write(seeds, model: model, settings: settings, terminal: terminal) { piece in
      waiting[piece.index] = piece
      let index = piece.index / bestOf
      if let best = takeBest(of: index, from: &waiting) {
        var (kept, seed) = (best, seeds[index])
        if let novelty {
          (kept, seed) = try novelty.piece(seed: seed, music: music(of:)) { other in
            if other == seeds[index] { return best }
            var others: [Int: PieceBatch.Piece] = [:]
            try write([other], model: model, settings: settings, terminal: terminal) {
              others[$0.index] = $0
            }
            guard let piece = takeBest(of: 0, from: &others) else {
              throw Failure(.software, "seed \(other) gave no piece")
            }
            return piece
          }
        }
        let written = try writer.write(
          music(of: kept), index: index, credit: PieceCredit(model: model, seed: seed),
          upon: settings.primer)
        unwritten.remove(index)
        if picture != nil || number <= Self.mostOnPage { drawn[index] = written }
        var line = "\(written)"
        if bestOf > 1 {
          let loss = (-kept.logLikelihoodPerToken).decimals(3)
          line += ", the likeliest of \(bestOf) with \(loss) nats per event"
        }
        terminal.line(([line] + kept.told + ["seed \(seed)"]).joined(separator: ", "))
      }
    }
    try draw(drawn.compactMap { $0 }, to: picture, on: terminal)
  }

  /// Draws the pieces into a picture, where one is asked for, and several on a terminal, with the command
  /// that plays them one after another.
  private func draw(
    _ pieces: [PieceWriter.Written], to picture: OutputFile?, on terminal: Terminal
  ) throws {
    guard picture != nil || terminal.isInteractive, !pieces.isEmpty else { return }
    let page = PianoRollPage(
      pieces.map { PianoRoll($0.score) }, names: pieces.map { fileName(of: $0.names[0]).displayed })
    if let picture { try picture.write(Array(page.svg().utf8)) }
    guard terminal.isInteractive, (2...Self.mostOnPage).contains(pieces.count) else { return }
    terminal.picture(page.text(columns: terminal.columns, isColoured: terminal.isColoured))
    let files = pieces.compactMap { $0.names.first(where: PieceWriter.isMIDI) }
    if files.count == pieces.count {
      terminal.line(
        "step through them: musegen play " + files.map(\.shellQuoted).joined(separator: " "),
        isCommand: true)
    }
  }

  /// Writes pieces side by side, so many candidates for each seed, and hands them out as they end.
  ///
  /// Piece k's candidates are those from k times ``bestOf``; they hang on the piece's seed alone.
  private func write(
    _ seeds: [UInt64], model: Model, settings: GenerationSettings, terminal: Terminal,
    take: (PieceBatch.Piece) throws -> Void
  ) throws {
    let batch: PieceBatch
    do {
      batch = try PieceBatch(
        model: model, settings: settings, seeds: seeds, candidates: bestOf,
        measuresLikelihood: bestOf > 1)
    } catch {
      throw Failure(error)
    }
    while let pieces = batch.next() {
      if batch.tokenCount % 512 == 0 { terminal.transient("\(batch.tokenCount) events written") }
      for piece in pieces { try take(piece) }
    }
  }

  private func search(
    width: Int, model: Model, settings: GenerationSettings, terminal: Terminal
  ) throws -> PieceBatch.Piece {
    let search: BeamSearch
    do {
      search = try BeamSearch(model: model, settings: settings, width: width)
    } catch {
      throw Failure(error)
    }
    while search.advance() {
      if search.tokenCount % 64 == 0 {
        terminal.transient("\(search.tokenCount) events written")
      }
    }
    guard let piece = search.piece else { throw Failure(.software, "the search found no piece") }
    return piece
  }

  /// The likeliest candidate for a piece, once all are there.
  private func takeBest(
    of index: Int, from waiting: inout [Int: PieceBatch.Piece]
  ) -> PieceBatch.Piece? {
    let places = index * bestOf..<(index + 1) * bestOf
    let group = places.compactMap { waiting[$0] }
    guard group.count == bestOf else { return nil }
    for place in places { waiting[place] = nil }
    return group.max { $0.logLikelihoodPerToken < $1.logLikelihoodPerToken }
  }

  private func music(of piece: PieceBatch.Piece) -> Score {
    withoutPrimer ? piece.scoreWithoutPrimer : piece.score
  }
}
