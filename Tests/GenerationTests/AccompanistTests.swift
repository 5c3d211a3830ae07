import Generation
import Modeling
import Music
import Recurrent
import StandardMIDIFile
import Testing
import Tokenization

/// A model that plays the other parts to what somebody plays.
struct AccompanistTests {
  static let bases: [VocabularyConfiguration] = [.remi(), .tsd()]

  private func accompanist(
    _ base: VocabularyConfiguration,
    metre: PieceAttributes.Metre = PieceAttributes.Metre(numerator: 4, denominator: 4)
  ) throws -> Accompanist {
    let vocabulary = try AccompaniedVocabulary(base: base, part: .highest)
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1),
        seed: 3), vocabulary: vocabulary)
    return try Accompanist(model: model, settings: GenerationSettings(), metre: metre)
  }

  /// Plays a quarter note on each beat of some bars, and has it accompanied beat by beat from the second on.
  private func play(
    _ pitches: [UInt8], _ accompanist: Accompanist
  ) throws -> [[TimedMessage]] {
    let beat = try #require(accompanist.secondsPerQuarter)
    var written: [[TimedMessage]] = []
    for (index, pitch) in pitches.enumerated() {
      let now = Double(index) * beat
      if index == 1 { accompanist.begin(at: now) }
      if index > 1 { accompanist.takeBack(from: now, isOver: false) }
      if index > 0 { written.append(accompanist.write(until: now + beat)) }
      accompanist.strike(program: 0, pitch: pitch, velocity: 80, at: now)
      accompanist.release(program: 0, pitch: pitch, at: now + 0.9 * beat)
    }
    return written
  }

  private func strikes(_ messages: [TimedMessage]) -> [(seconds: Double, pitch: UInt8)] {
    messages.compactMap { timed in
      if case .noteOn(_, let pitch, let velocity)? = timed.message, velocity > 0 {
        (timed.seconds, pitch)
      } else {
        nil
      }
    }
  }

  @Test(arguments: bases)
  func `each beat is written in its time, and a piece goes on for ever`(
    _ base: VocabularyConfiguration
  ) throws {
    let accompanist = try accompanist(base)
    let beat = try #require(accompanist.secondsPerQuarter)
    let beats = 4 * 130
    let written = try play((0..<beats).map { 60 + UInt8($0 % 12) }, accompanist)
    var count = 0
    for (index, messages) in written.enumerated() {
      let start = Double(index + 1) * beat
      for strike in strikes(messages) where strike.seconds < start + beat - 1e-6 {
        #expect(strike.seconds >= start - 1e-3)
        count += 1
      }
    }
    #expect(count > beats / 4)
    #expect(accompanist.writtenCount > count)
  }

  @Test(arguments: bases)
  func `what was heard is not changed by what is played later, and comes again alike`(
    _ base: VocabularyConfiguration
  ) throws {
    let bar: [UInt8] = [60, 64, 67, 64]
    func heard(_ pitches: [UInt8]) throws -> [[String]] {
      let accompanist = try accompanist(base)
      return try play(pitches, accompanist).map { strikes($0).map { "\($0)" } }
    }
    let steady = (0..<12).flatMap { _ in bar }
    var changed = steady
    // From the ninth bar on it is played otherwise; all before that is written in the same way.
    for index in 33..<48 { changed[index] += 5 }
    let (first, second) = (try heard(steady), try heard(changed))
    #expect(Array(first[..<33]) == Array(second[..<33]))
    #expect(!first.joined().isEmpty)
    #expect(try heard(steady) == first)
  }

  @Test(arguments: bases)
  func `what was changed stays changed from beat to beat`(
    _ base: VocabularyConfiguration
  ) throws {
    let accompanist = try accompanist(base)
    let beat = try #require(accompanist.secondsPerQuarter)
    _ = try play((0..<16).map { 60 + UInt8($0 % 12) }, accompanist)
    try accompanist.change(.temperature(0.25))
    try accompanist.change(.density(6))
    accompanist.takeBack(from: 16 * beat, isOver: false)
    #expect(accompanist.temperature == 0.25)
    #expect(accompanist.density == 6)
  }

  @Test func `it writes in the key that it hears, whatever keys its pieces had`() throws {
    var (played, other) = (PieceAttributes(), PieceAttributes())
    (played.key, other.key) = (Key(tonic: 2, isMinor: false), Key(tonic: 6, isMinor: false))
    let vocabulary = try ConditionedVocabulary(
      base: try AccompaniedVocabulary(base: .remi(), part: .highest),
      conditions: Conditions([.key], of: [played, other]))
    var model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1,
          conditionSlots: vocabulary.conditions.slotSizes),
        seed: 3), vocabulary: vocabulary)
    model.provenance.conditions = ConditionMix(of: [other], in: vocabulary.conditions)
    let metre = PieceAttributes.Metre(numerator: 4, denominator: 4)
    // D, G, A, D.
    let tune: [UInt8] = [62, 66, 69, 66, 67, 71, 74, 71, 69, 73, 76, 73, 74, 69, 66, 62]
    func shareInD(_ settings: GenerationSettings) throws -> (key: Key?, share: Double) {
      let accompanist = try Accompanist(model: model, settings: settings, metre: metre)
      #expect(accompanist.key == settings.conditions.key)
      let written = try play((0..<6).flatMap { _ in tune }, accompanist)
      let classes = written.dropFirst(16).flatMap { strikes($0).map { Int($0.pitch) % 12 } }
      try #require(classes.count > 40)
      let scale: Set = [2, 4, 6, 7, 9, 11, 1]
      let share = Double(classes.count { scale.contains($0) }) / Double(classes.count)
      return (accompanist.key, share)
    }
    var settings = GenerationSettings()
    settings.toldKeyStrength = Steering.mostStrength
    let heard = try shareInD(settings)
    #expect(heard.key == played.key)
    // Seven of twelve pitch classes by chance; F sharp major has five of them.
    #expect(heard.share > 0.85)
    settings.conditions.key = other.key
    let asked = try shareInD(settings)
    #expect(asked.key == other.key)
    #expect(asked.share < 0.75)
  }

  @Test func `it is silent while nothing is asked of it, and goes on where it is`() throws {
    let accompanist = try accompanist(.remi())
    let beat = try #require(accompanist.secondsPerQuarter)
    _ = try play((0..<16).map { 60 + UInt8($0 % 12) }, accompanist)
    accompanist.takeBack(from: 16 * beat, isOver: true)
    // Twenty bars later.
    accompanist.strike(program: 0, pitch: 72, velocity: 80, at: 96 * beat)
    accompanist.begin(at: 97 * beat)
    let messages = accompanist.write(until: 99 * beat)
    #expect(!strikes(messages).isEmpty)
    #expect(strikes(messages).allSatisfy { $0.seconds > 97 * beat - 1e-3 })
    // And after so long that the piece is another.
    accompanist.takeBack(from: 99 * beat, isOver: true)
    accompanist.begin(at: 900 * beat)
    let later = accompanist.write(until: 930 * beat)
    #expect(strikes(later).allSatisfy { $0.seconds > 900 * beat - 1e-3 })
    #expect(!strikes(later).isEmpty)
  }

  @Test func `a model without a given part, and a metre that it does not know, are refused`() throws
  {
    let plain = try MetricalVocabulary(.remi)
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: plain.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1), seed: 1),
      vocabulary: plain)
    let metre = PieceAttributes.Metre(numerator: 4, denominator: 4)
    let error = #expect(throws: GenerationError.self) {
      _ = try Accompanist(model: model, settings: GenerationSettings(), metre: metre)
    }
    #expect(
      error?.description
        == "the model writes to no given part, expected one that learned to")
    let other = #expect(throws: GenerationError.self) {
      _ = try accompanist(.remi(), metre: PieceAttributes.Metre(numerator: 13, denominator: 16))
    }
    #expect(other?.description == "the model's vocabulary knows no metre 13/16")
  }
}
