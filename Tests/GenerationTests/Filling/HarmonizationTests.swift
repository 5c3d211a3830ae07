import Generation
import Modeling
import Music
import Recurrent
import Settings
import StandardMIDIFile
import Testing
import Tokenization

struct HarmonizationTests {
  struct Kind: Sendable, CustomTestStringConvertible {
    var order: PianoRollVocabulary.Order
    var holds: Bool
    var polyphony: Int?
    var testDescription: String { "\(order) holds \(holds) polyphony \(polyphony ?? 0)" }
  }
  static let kinds = [
    Kind(order: .ascending, holds: false), Kind(order: .descending, holds: false),
    Kind(order: .ascending, holds: true, polyphony: 3),
    Kind(order: .descending, holds: true, polyphony: 1),
  ]

  func model(_ kind: Kind = kinds[0]) throws -> Model {
    var settings = PianoRollVocabulary.Configuration()
    settings.order = kind.order
    settings.holds = kind.holds
    settings.polyphony = kind.polyphony
    settings.lowestPitch = 40
    settings.highestPitch = 80
    settings.framesPerWhole = 8
    settings.program = 19
    let vocabulary = try PianoRollVocabulary(settings)
    return Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1),
      vocabulary: vocabulary)
  }

  /// A rest, a repeated note, a long note and a leap, with a drum that is no melody.
  let melody = Score(
    title: "Air",
    tracks: [
      Track(
        name: "Flute", channel: 3,
        notes: [
          Note(onset: 480, duration: 240, pitch: 72, velocity: 100),
          Note(onset: 720, duration: 240, pitch: 72, velocity: 90),
          Note(onset: 960, duration: 960, pitch: 60, velocity: 80),
          Note(onset: 2400, duration: 480, pitch: 65, velocity: 70),
        ], messages: [TrackMessage(tick: 0, kind: .program(73))]),
      Track(channel: 9, notes: [Note(onset: 0, duration: 4000, pitch: 38)]),
    ],
    tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 750_000)],
    timeSignatures: [TimeSignature(tick: 0, numerator: 3, denominator: 4)],
    keySignatures: [KeySignature(tick: 0, sharps: -1, isMinor: true)], endTick: 4000)

  func harmonize(
    _ score: Score, _ kind: Kind = kinds[0],
    _ change: (inout HarmonizationSettings) -> Void = { _ in }
  ) throws -> Score {
    var settings = HarmonizationSettings()
    settings.particles = 12
    change(&settings)
    let harmonization = try Harmonization(
      model: model(kind), melody: score, settings: settings)
    while harmonization.advance() {}
    return harmonization.draw()
  }

  @Test(arguments: kinds, HarmonizationSettings.Voice.allCases)
  func `the melody is kept to the tick, with its tempo, metre, key and instrument`(
    kind: Kind, voice: HarmonizationSettings.Voice
  ) throws {
    let score = try harmonize(melody, kind) { $0.voice = voice }
    let name = voice == .any ? "melody" : voice.rawValue
    let kept = try #require(score.tracks.first { $0.name == name })
    #expect(score.division == .ticksPerQuarter(480))
    #expect(kept.notes == melody.tracks[0].notes)
    #expect(kept.programs.map(\.program) == [73])
    #expect(score.tempos == melody.tempos)
    #expect(score.timeSignatures == melody.timeSignatures)
    #expect(score.keySignatures == melody.keySignatures)
    #expect(score.title == "Air")
    #expect(score.endTick == 2880)
    #expect(Set(score.tracks.map(\.channel)).count == score.tracks.count)
    // One choir, and not an organ under a flute.
    #expect(score.tracks.count > 1)
    #expect(score.tracks.allSatisfy { $0.programs.map(\.program) == [73] })
  }

  @Test(arguments: HarmonizationSettings.Voice.allCases)
  func `words stay with the melody, and markers with the piece as far as it goes`(
    voice: HarmonizationSettings.Voice
  ) throws {
    func text(_ tick: Int, _ kind: TextKind, _ text: String) -> TextEvent {
      TextEvent(tick: tick, kind: kind, text: text)
    }
    var sung = melody
    sung.texts = [text(480, .marker, "verse"), text(3900, .marker, "beyond")]
    let words = [text(480, .lyric, "la"), text(960, .text, "softly"), text(2400, .lyric, "li")]
    sung.tracks[0].texts = [text(0, .instrumentName, "Flute")] + words
    sung.tracks[1].texts = [text(960, .cuePoint, "bang")]
    // It sings below the flute, with words of its own.
    let below = Note(onset: 2400, duration: 240, pitch: 50)
    let others = [text(2400, .lyric, "lo")]
    sung.tracks.append(Track(name: "Alto", channel: 4, notes: [below], texts: others))
    let name = voice == .any ? "melody" : voice.rawValue
    for track in [nil, 1] {
      let score = try harmonize(sung) { ($0.voice, $0.track) = (voice, track) }
      let kept = try #require(score.tracks.first { $0.name == name })
      #expect(kept.texts == words)
      #expect(score.tracks.allSatisfy { $0.name == name || $0.texts.isEmpty })
      #expect(score.texts == [text(480, .marker, "verse"), text(960, .cuePoint, "bang")])
    }
  }

  @Test func `a melody that tells no instrument is played as the model's music is`() throws {
    let score = try harmonize(Score(motif: "C4 D4 E4/2"))
    #expect(score.tracks.count > 1)
    #expect(score.tracks.allSatisfy { $0.programs.map(\.program) == [19] })
  }

  @Test(arguments: kinds)
  func `nothing sounds above a soprano or below a bass`(kind: Kind) throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      for voice in [HarmonizationSettings.Voice.soprano, .bass] {
        let score = try harmonize(melody, kind) {
          $0.voice = voice
          $0.seed = seed
        }
        let others = score.tracks.filter { $0.name != voice.rawValue }.flatMap(\.notes)
        for given in melody.tracks[0].notes {
          for other in others where other.onset < given.end && given.onset < other.end {
            #expect(voice == .soprano ? other.pitch < given.pitch : other.pitch > given.pitch)
          }
        }
      }
    }
  }

  @Test(arguments: kinds)
  func `the other voices keep to a range, asked for or learned, and the melody stays`(
    kind: Kind
  ) throws {
    var model = try model(kind)
    model.provenance.pitches = .within(45...60)
    for (asked, range) in [(nil, 45...60), (50...55, 50...55)]
      as [(ClosedRange<UInt8>?, ClosedRange<UInt8>)]
    {
      var settings = HarmonizationSettings()
      settings.particles = 12
      settings.range = asked
      let harmonization = try Harmonization(model: model, melody: melody, settings: settings)
      while harmonization.advance() {}
      let score = harmonization.draw()
      #expect(score.tracks.first { $0.name == "soprano" }?.notes == melody.tracks[0].notes)
      let others = score.tracks.filter { $0.name != "soprano" }.flatMap(\.notes)
      #expect(!others.isEmpty && others.allSatisfy { range.contains($0.pitch) })
    }
    var settings = HarmonizationSettings()
    settings.range = 90...100
    #expect(throws: FillingError.self) {
      try Harmonization(model: model, melody: melody, settings: settings)
    }
  }

  @Test(arguments: [
    Kind(order: .ascending, holds: false), Kind(order: .ascending, holds: true, polyphony: 4),
    Kind(order: .descending, holds: true, polyphony: 6),
  ])
  func `nothing sounds below the bass, however many voices there are`(kind: Kind) throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      let score = try harmonize(melody, kind) { $0.seed = seed }
      let bass = try #require(score.tracks.last)
      #expect(bass.name == "bass")
      for other in score.tracks.dropLast().flatMap(\.notes) {
        for note in bass.notes where other.onset < note.end && note.onset < other.end {
          #expect(note.pitch < other.pitch)
        }
      }
    }
  }

  @Test func `voices do not sing two notes at once`() throws {
    for track in try harmonize(melody).tracks {
      #expect(zip(track.notes, track.notes.dropFirst()).allSatisfy { $0.end <= $1.onset })
      #expect(!track.notes.isEmpty)
    }
  }

  @Test func `of chords the highest notes are the melody, for a bass the lowest`() throws {
    var chords = melody
    chords.tracks.append(
      Track(channel: 5, notes: [Note(onset: 480, duration: 2400, pitch: 50, velocity: 70)]))
    let soprano = try harmonize(chords) { $0.voice = .soprano }
    // Where the melody rests the chord is the highest.
    #expect(soprano.tracks[0].notes.map(\.pitch) == [72, 72, 60, 50, 65])
    let bass = try harmonize(chords) { $0.voice = .bass }
    #expect(bass.tracks.last?.notes.map(\.pitch) == [50])
    let flute = try harmonize(chords) { $0.track = 1 }
    #expect(flute.tracks[0].notes == melody.tracks[0].notes)
  }

  @Test(arguments: [
    (480, 160, 24), (480, 120, 32), (480, 100, 30), (97, 31, 20), (32_767, 9_999, 12), (1, 1, 6),
  ])
  func `notes shorter than a frame are kept to the tick`(
    ticksPerQuarter: Int, duration: Int, count: Int
  ) throws {
    var notes: [Note] = []
    for index in 0..<count {
      notes.append(
        Note(
          onset: index * duration, duration: duration, pitch: UInt8(60 + index % 7),
          velocity: UInt8(50 + index)))
    }
    let melody = Score(
      division: .ticksPerQuarter(ticksPerQuarter), tracks: [Track(notes: notes)],
      endTick: count * duration)
    let score = try harmonize(melody)
    let kept = try #require(score.tracks.first { $0.name == "soprano" })
    #expect(score.division == melody.division)
    #expect(kept.notes.map(\.onset) == notes.map(\.onset))
    #expect(kept.notes.map(\.end) == notes.map(\.end))
    #expect(kept.notes.map(\.pitch) == notes.map(\.pitch))
    #expect(kept.notes.map(\.velocity) == notes.map(\.velocity))
    #expect(score.endTick >= kept.lastNoteEnd)
  }

  @Test func `notes without a length are no melody`() throws {
    let silent = [0, 960, 1_920].map { Note(onset: $0, duration: 0, pitch: 76) }
    #expect(throws: FillingError(.noMelody)) {
      try harmonize(Score(tracks: [Track(notes: silent)], endTick: 1_920))
    }
    // Beside others nothing is harmonised in their place either.
    var score = melody
    score.tracks[0].notes = (melody.tracks[0].notes + silent).sorted { $0.onset < $1.onset }
    let settings = HarmonizationSettings()
    let harmonization = try Harmonization(model: model(), melody: score, settings: settings)
    #expect(harmonization.melody == melody.tracks[0].notes)
    #expect(harmonization.heardNoteCount == melody.tracks[0].notes.count)
  }

  @Test(arguments: [Int.min, -1, 0, 2, Int.max])
  func `a melody's track is asked for by a number from outside`(track: Int) {
    let one = Score(tracks: [melody.tracks[0]], endTick: 4000)
    #expect(throws: FillingError(.track(found: track, count: 1))) {
      try harmonize(one) { $0.track = track }
    }
    #expect(throws: FillingError(.track(found: track, count: 0))) {
      try harmonize(Score()) { $0.track = track }
    }
  }

  @Test func `the same seed gives the same harmony and another gives another`() throws {
    #expect(try harmonize(melody) == harmonize(melody))
    #expect(try harmonize(melody) != harmonize(melody) { $0.seed = 2 })
  }

  @Test func `a melody beyond the model's pitches is refused with a way in`() throws {
    let error = #expect(throws: FillingError.self) {
      try harmonize(melody.transposed(by: 24))
    }
    #expect(
      error?.description
        == "the melody's pitches are 84 to 96, expected some of 40 to 80; transpose by -24 semitones"
    )
  }

  @Test func `what cannot be harmonised is refused`() throws {
    func reason(_ score: Score, _ change: (inout HarmonizationSettings) -> Void = { _ in })
      -> FillingError.Reason?
    {
      do {
        _ = try harmonize(score, Self.kinds[0], change)
        return nil
      } catch {
        return (error as? FillingError)?.reason
      }
    }
    #expect(reason(Score()) == .noMelody)
    #expect(reason(melody) { $0.track = 3 } == .track(found: 3, count: 2))
    #expect(reason(melody) { $0.track = 0 } == .track(found: 0, count: 2))
    #expect(reason(melody) { $0.track = 2 } == .noMelody)
    let year = Note(onset: 1 << 59, duration: 1 << 58, pitch: 60)
    guard case .length = reason(Score(tracks: [Track(notes: [year])], endTick: 1 << 60)) else {
      Issue.record("a melody of years is not refused")
      return
    }
    for temperature in [0, -1, .nan, .infinity] as [Float] {
      guard case .setting(let error) = reason(melody, { $0.temperature = temperature }),
        error.key == "temperature"
      else {
        Issue.record("temperature \(temperature) is not refused")
        return
      }
    }
  }

  @Test func `a model of another vocabulary is refused`() throws {
    let vocabulary = PerformanceVocabulary()
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1),
      vocabulary: vocabulary)
    #expect(
      throws: FillingError(.vocabulary(found: "performance", expected: "pianoroll"))
    ) { try Harmonization(model: model, melody: melody, settings: HarmonizationSettings()) }
  }

  @Test func `notes that all sound to the end are read in proportion to their frames`() throws {
    // 30,000 notes of up to 90,000 frames: written note by note they would be more than 10^9.
    let frame = 240
    let notes = (0..<30_000).map { index in
      Note(onset: index * frame, duration: (90_000 - index) * frame, pitch: UInt8(50 + index % 20))
    }
    let settings = HarmonizationSettings()
    let harmonization = try Harmonization(
      model: try model(), melody: Score(tracks: [Track(notes: notes)], endTick: 90_000 * frame),
      settings: settings)
    #expect(harmonization.frameCount == 90_000)
  }
}
