import Drawing
import ArgumentParser
import MuseGen
import Settings

/// `musegen vary`: writes parts of a piece anew.
struct VaryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vary", abstract: "Writes parts of a piece anew and keeps the rest in place.",
    discussion: """
      What is written goes to the piece's own tracks, be it for instruments that they have not: then to one of the \
      same family, or of about the same pitch. Where none of them played, a track is added, which is told. Without \
      --range what is written may have the pitches of the piece, too.
      """)

  @Argument(
    help: "The MIDI file to vary, or notes: \"C4 E4 G4/2\".",
    completion: .file(extensions: MIDIFileFinder.endings))
  var piece: String

  @OptionGroup var model: ModelOptions
  @OptionGroup var filling: FillingOptions
  @OptionGroup var sound: SoundOptions

  @Option(
    parsing: .unconditional,
    help: """
      The share of its bars to write anew: 0 none, 1 all (default: \(InpaintingSettings().strength), with --bars \
      1).
      """)
  var strength: Double?

  @Option(
    parsing: .unconditional,
    help: "Write these bars anew and no others: 5-8, or 5; they count from 1.")
  var bars: String?

  @Option(
    parsing: .unconditional,
    help: "Write this track anew and no other, by its number in musegen info.")
  var track: Int?

  @Option(
    parsing: .unconditional,
    help: "How many candidates are written for each part; the one drawn joins what follows.")
  var candidates = InpaintingSettings().candidates

  @OptionGroup var range: RangeOptions

  /// Bars on the command line; of one alone its number will do.
  private static func bars(_ text: String) throws -> ClosedRange<Int> {
    guard let range = BarRange(text) ?? BarRange("bar \(text)") else {
      throw Failure(.usage, "--bars is \"\(text)\", expected \(BarRange.form)")
    }
    return range.bars
  }

  mutating func run() async throws {
    var settings = InpaintingSettings()
    settings.bars = try bars.map(Self.bars)
    settings.track = track
    settings.strength = strength ?? (bars == nil ? settings.strength : 1)
    settings.candidates = candidates
    do throws(SettingError) {
      settings.range = try range.pitches()
    } catch {
      throw Failure(error)
    }
    settings.temperature = filling.temperature
    settings.seed = filling.firstSeed()
    try Failure.filling(piece) { () throws(FillingError) in try settings.validate() }
    let writer = try filling.writer(sound: sound)
    let given = try GivenPiece(fileOrNotes: piece)
    let score = given.score
    let model = try model.load(expecting: "one that tells all parts", suiting: score) { model in
      model.whole.vocabulary.accompanied == nil
    }

    let terminal = writer.terminal
    for index in 0..<filling.number {
      let inpainting = try Failure.filling(piece) { () throws(FillingError) in
        try Inpainting(model: model, score: score, settings: settings)
      }
      terminal.transient("varying")
      while inpainting.advance() {
        terminal.transient("part \(inpainting.spansWritten) of \(inpainting.spans.count)")
      }
      let written = try writer.write(
        inpainting.score, index: index, credit: PieceCredit(model: model, seed: settings.seed),
        upon: given)
      warn(ofPartsAddedIn: inpainting.score, to: score, names: written.names)
      let changes = inpainting.changes
      terminal.line(
        "\(written.names.joined(separator: ", ")): \(changes.kept.counted("note")) kept, "
          + "\(changes.removed.grouped) replaced by \(changes.added.grouped) "
          + "in \(inpainting.spans.count.counted("part")), seed \(settings.seed)"
          + (changes.removed + changes.added > 0 || inpainting.spans.isEmpty
            ? "" : "; the model writes nothing else there, try a higher --temperature"))
      settings.seed &+= 1
    }
  }

  /// Tells which parts the piece has besides those that it had.
  private func warn(ofPartsAddedIn varied: Score, to score: Score, names: [String]) {
    let programs = ChannelPrograms(varied)
    let added = varied.tracks.dropFirst(score.tracks.count).filter { !$0.notes.isEmpty }
    if added.isEmpty { return }
    let instruments = added.map { track in
      track.isDrums ? "Drums" : GeneralMIDI.name(ofProgram: programs.programs(of: track).first ?? 0)
    }
    Terminal.warn(
      "\(names.joined(separator: ", ")): \(added.count.counted("part")) added "
        + "(\(instruments.joined(separator: ", "))) for what no part of the piece could play")
  }
}
