import Generation
import Modeling
import Music
import Recurrent
import StandardMIDIFile
import Testing
import Tokenization

/// A piece that somebody and a model make together.
struct DialogueTests {
  static let vocabularies: [VocabularyConfiguration] = [
    .performance(), .tsd(), .remi(), .pianoroll(),
  ]

  private func dialogue(
    _ configuration: VocabularyConfiguration, playsAtOnce: Bool = false, primer: Score? = nil,
    metre: PieceAttributes.Metre = PieceAttributes.Metre(numerator: 4, denominator: 4)
  ) throws -> Dialogue {
    let vocabulary = try configuration.makeVocabulary()
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
    var settings = GenerationSettings()
    settings.primer = primer
    return try Dialogue(
      model: model, settings: settings, metre: metre, quartersPerMinute: 120,
      playsAtOnce: playsAtOnce)
  }

  /// Plays notes one after another, each a quarter of a bar.
  private func play(_ pitches: [UInt8], from start: Double, _ dialogue: Dialogue) {
    let beat = dialogue.secondsPerQuarter ?? 0.5
    for (index, pitch) in pitches.enumerated() {
      let onset = start + Double(index) * beat
      dialogue.listen(until: onset)
      dialogue.strike(program: 0, pitch: pitch, velocity: 80, at: onset)
      dialogue.listen(until: onset + 0.8 * beat)
      dialogue.release(program: 0, pitch: pitch, at: onset + 0.8 * beat)
    }
  }

  private func strikes(_ messages: [TimedMessage]) -> [TimedMessage] {
    messages.filter { if case .noteOn = $0.message { true } else { false } }
  }

  @Test(arguments: vocabularies)
  func `what is taken back was never written`(_ configuration: VocabularyConfiguration) throws {
    func written(afterWriting isWritten: Bool) throws -> [String] {
      let dialogue = try dialogue(configuration)
      let bar = 4 * (dialogue.secondsPerQuarter ?? 0.5)
      play([60, 62, 64, 65], from: 0, dialogue)
      dialogue.begin(at: 2 * bar)
      if isWritten { _ = dialogue.write(until: 4 * bar) }
      dialogue.takeBack(from: 2 * bar, isOver: true)
      play([67, 65, 64, 62], from: 2 * bar, dialogue)
      dialogue.begin(at: 4 * bar)
      return dialogue.write(until: 6 * bar).map { "\($0)" }
    }
    let (plain, after) = (try written(afterWriting: false), try written(afterWriting: true))
    #expect(!plain.isEmpty)
    #expect(plain == after)
  }

  @Test(arguments: vocabularies, [false, true])
  func `what was changed stays changed where what was written before is taken back`(
    _ configuration: VocabularyConfiguration, _ isOver: Bool
  ) throws {
    let dialogue = try dialogue(configuration)
    let bar = 4 * (dialogue.secondsPerQuarter ?? 0.5)
    play([60, 62, 64, 65], from: 0, dialogue)
    dialogue.begin(at: 2 * bar)
    _ = dialogue.write(until: 4 * bar)
    try dialogue.change(.temperature(0.25))
    try dialogue.change(.density(6))
    dialogue.takeBack(from: 3 * bar, isOver: isOver)
    #expect(dialogue.temperature == 0.25)
    #expect(dialogue.density == 6)
  }

  @Test(arguments: vocabularies)
  func `nothing that is written sounds before it begins, or is what was heard`(
    _ configuration: VocabularyConfiguration
  ) throws {
    let dialogue = try dialogue(configuration)
    let bar = 4 * (dialogue.secondsPerQuarter ?? 0.5)
    play([60, 62, 64, 65], from: 0, dialogue)
    #expect(dialogue.heardCount > 8)
    dialogue.begin(at: 2 * bar)
    let messages = dialogue.write(until: 3 * bar)
    #expect(dialogue.writtenCount > 0)
    #expect(dialogue.settledSeconds >= 3 * bar)
    #expect(strikes(messages).allSatisfy { $0.seconds > 2 * bar - 1e-3 })
    #expect(
      messages.indices.dropFirst().allSatisfy { index in
        messages[index - 1].seconds <= messages[index].seconds
      })
  }

  @Test func `where both play at once, only the model's own notes are written`() throws {
    for configuration in [VocabularyConfiguration.performance(), .tsd(), .remi()] {
      let dialogue = try dialogue(configuration, playsAtOnce: true)
      let beat = dialogue.secondsPerQuarter ?? 0.5
      dialogue.begin(at: 0)
      var own = 0
      for step in 0..<32 {
        let now = Double(step) * beat / 2
        dialogue.takeBack(from: now, isOver: false)
        dialogue.strike(program: 0, pitch: 21, velocity: 80, at: now)
        let messages = dialogue.write(until: now + beat / 2)
        dialogue.takeBack(from: now + beat / 4, isOver: false)
        dialogue.release(program: 0, pitch: 21, at: now + beat / 4)
        // A model that has learnt nothing may strike the same key, at another time.
        let same = strikes(messages).filter { timed in
          if case .noteOn(_, 21, _) = timed.message {
            abs(timed.seconds - now) < 1e-3
          } else {
            false
          }
        }
        #expect(same.isEmpty)
        own += strikes(messages).count
      }
      #expect(own > 0, "\(configuration.name)")
    }
  }

  @Test(arguments: vocabularies)
  func `a dialogue goes on for ever, in time`(_ configuration: VocabularyConfiguration) throws {
    let dialogue = try dialogue(configuration)
    dialogue.begin(at: 0)
    var written = 0.0
    while dialogue.writtenCount < 7_000 {
      written += 1
      let messages = dialogue.write(until: written)
      dialogue.forget(before: written)
      #expect(messages.allSatisfy { $0.seconds > written - 60 })
      #expect(dialogue.settledSeconds >= written)
    }
  }

  @Test(arguments: vocabularies)
  func `a primer is what was heard before, up to a bar line`(
    _ configuration: VocabularyConfiguration
  ) throws {
    // Two bars and a half of quarter notes.
    let primer = Score(
      tracks: [
        Track(
          notes: (0..<10).map { index in
            Note(onset: index * 480, duration: 400, pitch: UInt8(60 + index))
          })
      ], tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 300_000)], endTick: 4_800)
    let plain = try dialogue(configuration)
    let primed = try dialogue(configuration, primer: primer)
    for dialogue in [plain, primed] {
      let bar = 4 * (dialogue.secondsPerQuarter ?? 0.5)
      // What is played begins at 0, be it a bar line behind something or not.
      #expect(abs(dialogue.settledSeconds) <= bar / 16)
      play([60, 62, 64, 65], from: 0, dialogue)
      dialogue.begin(at: 2 * bar)
      let written = strikes(dialogue.write(until: 4 * bar))
      #expect(!written.isEmpty)
      #expect(written.allSatisfy { $0.seconds > 2 * bar - 1e-3 })
    }
    let waltz = PieceAttributes.Metre(numerator: 3, denominator: 4)
    let error = #expect(throws: GenerationError.self) {
      _ = try dialogue(.remi(), primer: primer, metre: waltz)
    }
    #expect(error?.description == "the primer is in 4/4, expected 3/4")
  }

  /// A model told some conditions that pieces have, whose tokens tell tempos from 40 to 250 or none.
  private func model(
    telling kinds: [ConditionKind], of pieces: [PieceAttributes], tellsTempos: Bool = false
  ) throws -> Model {
    var metrical = MetricalConfiguration()
    metrical.tempos = tellsTempos
    let vocabulary = try ConditionedVocabulary(
      base: VocabularyConfiguration.remi(metrical).makeVocabulary(),
      conditions: Conditions(kinds, of: pieces))
    var network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1,
        conditionSlots: vocabulary.conditions.slotSizes), seed: 1)
    // Untrained weights are so small that what is read hardly changes what is drawn.
    for index in network.parameters.indices { network.parameters[index] *= 8 }
    return Model(network: network, vocabulary: vocabulary)
  }

  @Test func `a model that knows tempos is told the dialogue's`() throws {
    var (slow, fast) = (PieceAttributes(), PieceAttributes())
    (slow.tempo, fast.tempo) = (60, 240)
    let model = try model(telling: [.tempo], of: [slow, fast])
    func written(_ tempo: Double) throws -> [String] {
      let dialogue = try Dialogue(
        model: model, settings: GenerationSettings(),
        metre: PieceAttributes.Metre(numerator: 4, denominator: 4), quartersPerMinute: tempo)
      dialogue.begin(at: 0)
      return dialogue.write(until: 16).map { "\($0)" }
    }
    let (slowly, between) = (try written(60), try written(120))
    #expect(try written(60) == slowly)
    #expect(try written(240) != slowly)
    // It knows none that is near.
    #expect(try between == written(119))
    #expect(between != slowly)
  }

  @Test func `a density is told as it is heard where the model knows no tempo`() throws {
    func written(_ density: Double, tempo: Double) throws -> [String] {
      try played(telling: density, tempo: tempo, until: 16)
    }
    // At half the vocabulary's tempo twice as many notes a second of its own are heard as four.
    let slow = try written(4, tempo: 60)
    #expect(try written(8, tempo: 120) == slow)
    #expect(try written(4, tempo: 120) != slow)
    let error = #expect(throws: GenerationError.self) { _ = try written(4, tempo: 30) }
    #expect(
      error?.description
        == "density is 4.0, at this tempo 16 in the model's own time, expected one of 8, 4, 2")
  }

  @Test func `a density is told as it is heard in a tempo beyond those that tokens tell`() throws {
    func written(_ density: Double, tempo: Double) throws -> [String] {
      try played(telling: density, tempo: tempo, until: 48, tellsTempos: true)
    }
    // The slowest that is told is 40, twice as fast.
    #expect(try written(4, tempo: 20) == written(8, tempo: 40))
    #expect(try written(4, tempo: 20) != written(4, tempo: 40))
  }

  /// What a model plays that knows 2, 4 and 8 notes a second and is told how many, in a tempo, in so many seconds.
  private func played(
    telling density: Double, tempo: Double, until seconds: Double, tellsTempos: Bool = false
  ) throws -> [String] {
    let pieces = [2.0, 4, 8].map { density in
      var piece = PieceAttributes()
      piece.density = density
      return piece
    }
    var settings = GenerationSettings()
    settings.conditions.density = density
    let dialogue = try Dialogue(
      model: model(telling: [.density], of: pieces, tellsTempos: tellsTempos), settings: settings,
      metre: PieceAttributes.Metre(numerator: 4, denominator: 4), quartersPerMinute: tempo)
    dialogue.begin(at: 0)
    return dialogue.write(until: seconds).map { "\($0)" }
  }

  /// What a model plays in sixteen bars behind one that it heard and one of silence, and how long its quarter note is.
  private func answer(
    _ configuration: VocabularyConfiguration, _ settings: GenerationSettings,
    quartersPerMinute: Double = 120
  ) throws -> (messages: [TimedMessage], quarter: Double) {
    let vocabulary = try configuration.makeVocabulary()
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
    let dialogue = try Dialogue(
      model: model, settings: settings,
      metre: PieceAttributes.Metre(numerator: 4, denominator: 4),
      quartersPerMinute: quartersPerMinute)
    let quarter = dialogue.secondsPerQuarter ?? 0.5
    play([60, 62, 64, 65], from: 0, dialogue)
    dialogue.begin(at: 8 * quarter)
    return (dialogue.write(until: 72 * quarter), quarter)
  }

  @Test(arguments: vocabularies)
  func `no more of its notes sound at once than asked for`(
    _ configuration: VocabularyConfiguration
  ) throws {
    var settings = GenerationSettings()
    settings.steering.polyphony = 2
    var sounding: Set<Int> = []
    var most = 0
    for message in try answer(configuration, settings).messages {
      switch message.message {
      case .noteOn(let channel, let pitch, _): sounding.insert(Int(channel) * 128 + Int(pitch))
      case .noteOff(let channel, let pitch, _): sounding.remove(Int(channel) * 128 + Int(pitch))
      default: break
      }
      most = max(most, sounding.count)
    }
    #expect(most == 2)
  }

  @Test(arguments: [false, true], [60.0, 120])
  func `the longest note is counted in the seconds that are heard`(
    _ tellsTempos: Bool, _ quartersPerMinute: Double
  ) throws {
    var metrical = MetricalConfiguration()
    metrical.tempos = tellsTempos
    var settings = GenerationSettings()
    settings.longestNoteSeconds = 1
    let (messages, quarter) = try answer(
      .tsd(metrical), settings, quartersPerMinute: quartersPerMinute)
    var onsets: [Int: Double] = [:]
    var lengths: [Double] = []
    for message in messages {
      switch message.message {
      case .noteOn(let channel, let pitch, _):
        onsets[Int(channel) * 128 + Int(pitch)] = message.seconds
      case .noteOff(let channel, let pitch, _):
        if let onset = onsets.removeValue(forKey: Int(channel) * 128 + Int(pitch)) {
          lengths.append((message.seconds - onset) / quarter)
        }
      default: break
      }
    }
    // So many quarter notes pass in a second.
    let second = quartersPerMinute / 60
    let longest = try #require(lengths.max())
    #expect(longest < 1.01 * second && longest > second / 2)
  }

  @Test func `a primer's key is told until enough is heard to tell another`() throws {
    var learned = PieceAttributes()
    learned.key = Key(tonic: 0, isMinor: false)
    let vocabulary = try ConditionedVocabulary(
      base: VocabularyConfiguration.remi().makeVocabulary(),
      conditions: Conditions([.key], of: [learned]))
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1,
          conditionSlots: vocabulary.conditions.slotSizes),
        seed: 1), vocabulary: vocabulary)
    var settings = GenerationSettings()
    settings.primer = try Score(
      motif: "D4 F#4 A4 D5 G4 B4 D5 G5 A4 C#5 E5 A5 D5 A4 F#4 D4")
    let dialogue = try Dialogue(
      model: model, settings: settings,
      metre: PieceAttributes.Metre(numerator: 4, denominator: 4), quartersPerMinute: 120)
    #expect(dialogue.key == Key(tonic: 2, isMinor: false))
    let bar = 4 * (dialogue.secondsPerQuarter ?? 0.5)
    play([62, 66, 69, 62], from: 0, dialogue)
    dialogue.begin(at: 2 * bar)
    #expect(dialogue.key == Key(tonic: 2, isMinor: false))
    dialogue.takeBack(from: 2 * bar, isOver: true)
    // F, B flat, C, F, twice.
    let tune: [UInt8] = [65, 69, 72, 77, 70, 74, 77, 82, 72, 76, 79, 84, 77, 72, 69, 65]
    play(tune + tune, from: 2 * bar, dialogue)
    dialogue.begin(at: 11 * bar)
    #expect(dialogue.key == Key(tonic: 5, isMinor: false))
  }

  @Test func `a metre that the vocabulary does not know is refused`() throws {
    let vocabulary = try MetricalVocabulary(.remi)
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
    let error = #expect(throws: GenerationError.self) {
      _ = try Dialogue(
        model: model, settings: GenerationSettings(),
        metre: PieceAttributes.Metre(numerator: 13, denominator: 16), quartersPerMinute: 120)
    }
    #expect(error?.description == "the model's vocabulary knows no metre 13/16")
  }
}
