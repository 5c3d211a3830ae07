public import Modeling
public import Music
import Settings
import StandardMIDIFile
import Tokenization

/// A melody being harmonised, frame by frame: a piano-roll model keeps it and writes the other voices.
///
/// A ``ParticleFilter`` conditions the model on the whole melody and on its end, so that notes given
/// later count for what is written before them.
public final class Harmonization {
  /// How many frames the melody has.
  public let frameCount: Int
  /// How many frames are written.
  public private(set) var frame = 0
  /// The logarithm of the probability that the model gives to the melody so far, as estimated.
  public var logEvidence: Double { filter.logEvidence }
  /// The melody as it is kept, in ticks of what ``draw()`` gives.
  public let melody: [Note]
  /// How many of the melody's notes the model hears: fewer where some are shorter than a frame.
  public var heardNoteCount: Int { given.notes.count }

  private let settings: HarmonizationSettings
  private let vocabulary: PianoRollVocabulary
  private let source: Score
  private let given: GivenVoice
  /// The track whose instrument plays the melody.
  private let instrument: Track?
  /// The words and other texts that stand with the melody.
  private let words: [TextEvent]
  /// The texts of the piece, those of its other tracks among them.
  private let texts: [TextEvent]
  private let grid: FrameGrid
  private let filter: ParticleFilter<FrameConstraint>

  /// Takes in a melody.
  ///
  /// - Parameters:
  ///   - model: a model with a `pianoroll` vocabulary.
  ///   - score: a piece that holds the melody.
  ///   - settings: how it is harmonised.
  /// - Throws: ``FillingError`` where the settings, the model or the melody do not allow it.
  public init(
    model: Model, melody score: Score, settings: HarmonizationSettings
  ) throws(FillingError) {
    try settings.validate()
    let base = model.vocabulary.withoutConditions
    if base is MergedVocabulary { throw FillingError(.mergedTokens) }
    guard let vocabulary = base as? PianoRollVocabulary else {
      throw FillingError(
        .vocabulary(found: model.vocabulary.configuration.name, expected: "pianoroll"))
    }
    guard vocabulary.settings.program < 128 else {
      throw FillingError(.vocabulary(found: "one of drums", expected: "one of pitches"))
    }
    self.settings = settings
    self.vocabulary = vocabulary
    if let track = settings.track, track < 1 || track > score.tracks.count {
      throw FillingError(.track(found: track, count: score.tracks.count))
    }
    // Time code has no quarter notes to lay frames on.
    var source = score
    if case .timeCode = score.division { source = score.resampled(ticksPerQuarter: 480) }
    let ticks = if case .ticksPerQuarter(let ticks) = source.division { ticks } else { 480 }
    self.source = source
    grid = FrameGrid(
      ticksPerFrame: vocabulary.ticksPerFrame, vocabularyTicks: vocabulary.ticksPerQuarterNote,
      scoreTicks: ticks)
    let tracks = settings.track.map { [source.tracks[$0 - 1]] } ?? source.tracks
    instrument = tracks.first { !$0.isDrums && !$0.notes.isEmpty }
    given = try GivenVoice(tracks, grid: grid, isLowest: settings.voice == .bass)
    melody = tracks.skyline(isLowest: settings.voice == .bass, tolerance: grid.halfFrame)
    (words, texts) = source.partingTexts(of: tracks.leading(melody))
    let frames = given.frames
    frameCount = frames.count
    guard vocabulary.pitches.contains(given.range.lowerBound),
      vocabulary.pitches.contains(given.range.upperBound)
    else {
      throw FillingError(
        .range(
          found: given.range, known: vocabulary.pitches,
          semitones: given.semitones(into: vocabulary.pitches)))
    }
    let written = try Self.range(
      settings.range, learned: model.provenance.pitches?.range, known: vocabulary.pitches)
    do {
      filter = try ParticleFilter(
        model: model,
        constraint: FrameConstraint(
          vocabulary, tokenCount: model.vocabulary.count, given: frames, voice: settings.voice,
          written: written),
        count: settings.particles, told: PieceAttributes(source).lasting,
        temperature: Double(settings.temperature), seed: settings.seed)
    } catch {
      throw FillingError(
        .setting(
          SettingError("particles", found: settings.particles, expected: "fewer: \(error)")))
    }
  }

  /// The pitches that the other voices may have.
  private static func range(
    _ asked: ClosedRange<UInt8>?, learned: ClosedRange<UInt8>?, known: ClosedRange<Int>
  ) throws(FillingError) -> ClosedRange<Int> {
    guard let range = asked ?? learned else { return known }
    let pitches = Int(range.lowerBound)...Int(range.upperBound)
    if pitches.overlaps(known) { return pitches.clamped(to: known) }
    guard let asked else { return known }
    throw FillingError(
      range: asked,
      expected:
        "some of the pitches that the model knows, \(known.lowerBound)-\(known.upperBound)")
  }

  /// Writes the next frame; false where the melody is at its end.
  public func advance() -> Bool {
    if filter.isComplete { return false }
    filter.advance()
    frame = min(frame + 1, frameCount)
    return true
  }

  /// One of the harmonisations that the particles hold, drawn by their weights, each voice a track.
  ///
  /// Tempo, metre, key and texts are the given piece's. Of tracks that are sung, the words of the one that has most
  /// of the melody stay, and stand with it.
  public func draw() -> Score {
    let name = settings.voice == .any ? "melody" : settings.voice.rawValue
    var writer = VoicesWriter(given: given, voice: settings.voice, vocabulary: vocabulary)
    writer.append(filter.draw().tokens)
    var score = source
    score.tracks = writer.tracks(
      melody: melody, words: words, named: name, program: program, grid: grid)
    score.endTick = max(
      grid.tick(ofFrame: frameCount), melody.last?.end ?? 0, words.last?.tick ?? 0)
    score.texts = texts.filter { $0.tick <= score.endTick }
    score.tempos.removeAll { $0.tick > score.endTick }
    score.timeSignatures.removeAll { $0.tick > score.endTick }
    score.keySignatures.removeAll { $0.tick > score.endTick }
    return score
  }

  /// What plays all voices, as one choir: the program of the first track that holds notes, or where none is told
  /// that of the music the model learned from.
  private var program: UInt8 {
    let programs = ChannelPrograms(source)
    guard let instrument, !programs.changes(of: instrument).changes.isEmpty else {
      return UInt8(min(vocabulary.settings.program, 127))
    }
    return programs.program(of: instrument, atTick: instrument.notes[0].onset)
  }
}

extension [Track] {
  /// The track that plays most of a melody, drums left out; the first of several.
  fileprivate func leading(_ melody: [Note]) -> Track? {
    let pitches = Dictionary(melody.map { ($0.onset, $0.pitch) }) { first, _ in first }
    func share(_ track: Track) -> Int { track.notes.count { pitches[$0.onset] == $0.pitch } }
    return filter { !$0.isDrums }.max { share($0) < share($1) }
  }
}

extension Score {
  /// The texts of one track, without those that name it or its instrument, and those of all else.
  fileprivate func partingTexts(of track: Track?) -> (own: [TextEvent], others: [TextEvent]) {
    let names: Set<TextKind> = [.trackName, .instrumentName, .programName, .deviceName]
    var others = self
    others.removeTracks { $0 != track }
    return (track.map { $0.texts.filter { !names.contains($0.kind) } } ?? [], others.texts)
  }
}

/// How a melody is harmonised.
public struct HarmonizationSettings: Hashable, Sendable {
  /// Where the given voice lies among the others.
  public enum Voice: String, Hashable, Sendable, CaseIterable {
    /// Nothing sounds above it.
    case soprano
    /// Nothing sounds below it.
    case bass
    /// Anywhere.
    case any
  }

  /// Where the given voice lies.
  public var voice = Voice.soprano
  /// The track that holds the melody, counted from 1; nil for the highest notes of all tracks.
  ///
  /// Of several notes at once the highest is taken, for the bass the lowest.
  public var track: Int?
  /// The pitches that the other voices keep to; nil for those that the model learned, where it tells them.
  ///
  /// The given voice may lie elsewhere.
  public var range: ClosedRange<UInt8>?
  /// How many particles look ahead, 1 to 4,096.
  public var particles = 64
  /// What logits are divided by, above 0: below 1 safer, above 1 bolder.
  public var temperature: Float = 1
  /// Where every random choice comes from.
  public var seed: UInt64 = 1

  /// Creates the default settings.
  public init() {}

  /// Checks that all settings are in their ranges.
  ///
  /// - Throws: ``FillingError`` naming the first that is not.
  public func validate() throws(FillingError) {
    try FillingError.check("particles", particles, 1...4096 ~= particles, "1 to 4096")
    try FillingError.check(
      "temperature", temperature, temperature > 0 && temperature <= 100,
      "more than 0 and at most 100")
  }
}
