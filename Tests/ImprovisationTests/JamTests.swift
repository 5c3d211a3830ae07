import Foundation
import Generation
import Improvisation
import Modeling
import Music
import Recurrent
import Settings
import StandardMIDIFile
import Testing
import Tokenization

/// Who plays when, with models that have learnt nothing: at 120 quarter notes a minute a bar lasts two seconds.
struct JamTests {
  private func jam(
    _ vocabulary: any Vocabulary = PerformanceVocabulary(), seed: UInt64 = 1,
    _ set: (inout JamSettings) -> Void = { _ in }
  ) throws -> ScriptedPlayer {
    var settings = JamSettings()
    set(&settings)
    var generation = GenerationSettings()
    generation.seed = seed
    return ScriptedPlayer(
      try Jam(
        model: try TestModels.untrained(vocabulary), generation: generation, settings: settings))
  }

  /// The vocabularies in which music can be played together.
  static let vocabularies: [VocabularyConfiguration] = [
    .performance(), .tsd(onePart), .remi(onePart), .pianoroll(),
  ]

  /// All on the answer's first channel.
  private static var onePart: MetricalConfiguration {
    var settings = MetricalConfiguration()
    settings.programs = false
    return settings
  }

  private let call: [UInt8] = [60, 62, 64, 65, 67, 65, 64, 62]

  @Test(arguments: vocabularies)
  func `an answer begins on a bar line behind a bar of silence, and is as long as the call`(
    _ configuration: VocabularyConfiguration
  ) throws {
    var player = try jam(try configuration.makeVocabulary())
    // Two bars.
    player.play(call, from: 0, every: 0.5)
    player.wait(until: 5.5)
    #expect(player.strikes(on: 1).isEmpty)
    player.wait(until: 14)
    let strikes = player.strikes(on: 1)
    let first = try #require(strikes.first)
    // The last key is let go at 3.95 seconds.
    #expect(first.seconds >= 6 - 0.02)
    let end = try #require(strikes.last)
    #expect(end.seconds < 10 + 0.02)
    #expect(player.sounding.isEmpty)
    #expect(!player.jam.status.isAnswering)
  }

  @Test func `an answer begins on a bar line, or when asked for on a beat, to the moment`() throws {
    for (numerator, denominator) in [(4, 4), (3, 4), (6, 8)] {
      var settings = JamSettings()
      settings.quartersPerMinute = 100
      settings.metre = PieceAttributes.Metre(numerator: numerator, denominator: denominator)
      let beat = 2.4 / Double(denominator)
      for isAsked in [false, true] {
        var player = ScriptedPlayer(Jam(with: PromptPartner(), settings: settings))
        // On no grid.
        player.play(call, from: 0.13, every: 0.41)
        if isAsked { player.jam.answer(at: 3.47) }
        player.wait(until: 12)
        let first = try #require(player.strikes(on: 1).first?.seconds)
        let lines = first / (isAsked ? beat : beat * Double(numerator))
        #expect(abs(lines - lines.rounded()) < 1e-6, "\(numerator)/\(denominator): \(first)")
        #expect(!isAsked || first < 3.5 + beat)
      }
    }
  }

  @Test func `an answer begins with a bar of who plays where their tempo is followed`() throws {
    var settings = JamSettings()
    settings.follows = .playing
    var player = ScriptedPlayer(Jam(with: PromptPartner(), settings: settings))
    // Eight bars of eighths at 127, where 120 was expected.
    let eighth = 30.0 / 127
    player.play((0..<64).map { 60 + UInt8($0 % 8) }, from: 0.37, every: eighth)
    player.wait(until: 64 * eighth + 8)
    let first = try #require(player.strikes(on: 1).first?.seconds)
    let bars = (first - 0.37) / (8 * eighth)
    #expect(abs(bars - bars.rounded()) < 0.02, "\(bars)")
  }

  @Test(arguments: vocabularies)
  func `who plays interrupts an answer, and nothing of it goes on sounding`(
    _ configuration: VocabularyConfiguration
  ) throws {
    var player = try jam(try configuration.makeVocabulary()) { $0.answerBars = 16 }
    player.play(call, from: 0, every: 0.5)
    player.wait(until: 9)
    #expect(player.jam.status.isAnswering)
    player.play(call, from: 9, every: 0.25)
    #expect(!player.jam.status.isAnswering)
    #expect(player.strikes(on: 1).allSatisfy { $0.seconds < 9.02 })
    player.wait(until: 11.5)
    #expect(player.sounding.isEmpty)
    // It answers again.
    player.wait(until: 20)
    #expect(player.strikes(on: 1).contains { $0.seconds > 12 })
  }

  @Test func `nobody who has not played is answered by himself`() throws {
    var player = try jam()
    player.wait(until: 20)
    #expect(player.strikes(on: 1).isEmpty)
    player.play(call, from: 20, every: 0.5)
    player.wait(until: 60)
    // One answer, of two bars, and then it listens.
    #expect(player.strikes(on: 1).allSatisfy { $0.seconds < 31 })
  }

  @Test func `in continue the model goes on until somebody plays`() throws {
    var player = try jam { $0.mode = .continue }
    player.play(call, from: 0, every: 0.5)
    player.wait(until: 60)
    #expect(player.jam.status.isAnswering)
    #expect(player.strikes(on: 1).contains { $0.seconds > 50 })
    player.play([60], from: 60, every: 0.5)
    #expect(!player.jam.status.isAnswering)
  }

  @Test(arguments: vocabularies.dropLast())
  func `in a duet both play at once`(_ configuration: VocabularyConfiguration) throws {
    var player = try jam(try configuration.makeVocabulary()) {
      $0.mode = .duet
      $0.countInBars = 1
    }
    player.play((0..<40).map { 60 + UInt8($0 % 12) }, from: 0.1, every: 0.5)
    player.end()
    let strikes = player.strikes(on: 1)
    #expect(strikes.allSatisfy { $0.seconds >= 2 - 0.02 })
    #expect(strikes.contains { $0.seconds > 10 })
    #expect(player.strikes(on: 0).count == 40)
    #expect(player.sounding.isEmpty)
  }

  @Test func `a vocabulary that tells notes together is refused in a duet`() throws {
    #expect(throws: GenerationError.self) {
      _ = try jam(try PianoRollVocabulary()) { $0.mode = .duet }
    }
  }

  @Test func `a pedal, a key or a word asks for an answer from the next beat on`() throws {
    let cues: [(JamSettings.Cue, LiveMessage)] = [
      (.controller(66), .channel(.controlChange(channel: 0, controller: 66, value: 127))),
      (.key(24), .channel(.noteOn(channel: 0, pitch: 24, velocity: 80))),
    ]
    for (cue, message) in cues {
      var player = try jam { $0.cue = cue }
      player.play(call, from: 0, every: 0.5)
      // No silence asks for one.
      player.wait(until: 9.2)
      #expect(!player.jam.status.isAnswering)
      player.play([(9.2, message)])
      #expect(player.jam.status.isAnswering)
      player.wait(until: 14)
      let first = try #require(player.strikes(on: 1).first)
      #expect(first.seconds >= 9.5 - 0.02)
      #expect(!player.strikes(on: 0).contains { $0.pitch == 24 })
    }
  }

  @Test func `a stuck key keeps nobody from answering for ever`() throws {
    var player = try jam()
    player.play([(0.5, .channel(.noteOn(channel: 0, pitch: 60, velocity: 90)))])
    player.wait(until: 29)
    #expect(!player.jam.status.isAnswering)
    player.wait(until: 40)
    #expect(!player.strikes(on: 1).isEmpty)
  }

  @Test func `a keyboard that gave signs and falls silent lets go of its keys`() throws {
    var player = try jam()
    player.play([
      (0, .activeSensing), (0.1, .channel(.noteOn(channel: 0, pitch: 60, velocity: 90))),
      (0.3, .activeSensing),
    ])
    player.wait(until: 2)
    #expect(player.sounding.isEmpty)
  }

  @Test func `who goes with keys down has let go of them, and is answered`() throws {
    var player = try jam()
    player.play([(0.5, .channel(.noteOn(channel: 0, pitch: 60, velocity: 90)))])
    player.wait(until: 1)
    player.jam.releaseAllKeys(at: 1)
    player.wait(until: 1.1)
    #expect(player.sounding.isEmpty)
    // A bar later, from four seconds on.
    player.wait(until: 5)
    #expect(player.jam.status.isAnswering)
  }

  @Test(arguments: [false, true])
  func `who goes or falls silent with a pedal down has let go of it`(hasGone: Bool) throws {
    var player = try jam()
    player.play([
      (0, .activeSensing),
      (0.1, .channel(.controlChange(channel: 2, controller: 64, value: 127))),
    ])
    if hasGone { player.jam.releaseAllKeys(at: 0.2) }
    player.wait(until: 2)
    let pedals = player.sent.compactMap { timed -> UInt8? in
      guard case .controlChange(2, 64, let value) = timed.message else { return nil }
      return value
    }
    #expect(pedals == [127, 0])
  }

  @Test func `a flood of notes is bounded, and told`() throws {
    var player = try jam()
    // Ten thousand a second, for three seconds.
    let flood = (0..<30_000).map { index -> (seconds: Double, message: LiveMessage) in
      (
        Double(index) / 10_000,
        .channel(.noteOn(channel: 0, pitch: UInt8(index * 7 % 128), velocity: 90))
      )
    }
    player.play(flood)
    player.wait(until: 3.1)
    let status = player.jam.status
    #expect(status.lostNotes > 28_000)
    #expect(player.strikes(on: 0).count < 1_000)
    #expect(status.heardTokens < 10_000)
    // It can still be played with.
    player.wait(until: 60)
    #expect(!player.strikes(on: 1).isEmpty)
  }

  @Test func `a long answer goes on, and nothing of it sounds after the end`() throws {
    var player = try jam { $0.mode = .continue }
    player.play(call, from: 0, every: 0.5)
    player.wait(until: 1_200)
    #expect(player.jam.status.isAnswering)
    player.end()
    #expect(player.sounding.isEmpty)
  }

  @Test func `the same playing is answered alike, and by another seed otherwise`() throws {
    func answer(_ seed: UInt64) throws -> [String] {
      var player = try jam(try MetricalVocabulary(.remi), seed: seed)
      player.play(call, from: 0, every: 0.5)
      player.wait(until: 12)
      return player.sent.map { "\($0)" }
    }
    #expect(try answer(3) == answer(3))
    #expect(try answer(3) != answer(4))
  }

  @Test func `the count-in is clicked, and the beats where they are asked for`() throws {
    var counted = try jam { $0.countInBars = 1 }
    counted.wait(until: 6)
    #expect(counted.strikes(on: 9).map(\.pitch) == [76, 77, 77, 77])
    var clicked = try jam {
      $0.clicks = true
      $0.metre = PieceAttributes.Metre(numerator: 3, denominator: 4)
    }
    clicked.wait(until: 2.9)
    let clicks = clicked.strikes(on: 9)
    #expect(clicks.map(\.pitch) == [76, 77, 77, 76, 77, 77])
    for (index, click) in clicks.enumerated() {
      #expect(abs(click.seconds - 0.5 * Double(index)) < 1e-6)
    }
  }

  @Test func `a clock is sent, 24 for each quarter note`() throws {
    var player = try jam { $0.sendsClock = true }
    player.wait(until: 0.999 - 0.01)
    player.end()
    #expect(player.timing.first?.message == .start)
    #expect(player.timing.last?.message == .stop)
    #expect(player.timing.count { $0.message == .clock } == 48)
  }

  @Test func `where the beat jumps, those who follow the clock are told the place`() throws {
    var player = try jam {
      $0.sendsClock = true
      $0.follows = .clock
    }
    // Another device starts: the next clock is the next bar line, quarter note 4.
    player.play([(1.1, .timing(.start)), (1.2, .timing(.clock))])
    player.wait(until: 2)
    let told = player.timing.map(\.message).filter { $0 != .clock }
    #expect(told == [.start, .stop, .songPosition(sixteenths: 17), .continue])
    // The sixteenth that is told is that of the next clock, and none is sent at once with others.
    let behind = player.timing.drop(while: { $0.message != .continue }).dropFirst().map(\.seconds)
    let first = try #require(behind.first)
    #expect(abs(first - (1.2 + 0.125)) < 1e-6)
    for (clock, next) in zip(behind, behind.dropFirst()) {
      #expect(abs(next - clock - 0.5 / 24) < 1e-6)
    }
  }

  @Test func `a tapped beat has its tempo, and lies on the grid`() throws {
    var player = try jam()
    for tap in 0..<5 {
      let seconds = 1 + 0.75 * Double(tap)
      player.wait(until: seconds)
      player.jam.tap(at: seconds)
    }
    #expect(abs(player.jam.status.quartersPerMinute - 80) < 0.01)
    let place = player.jam.place
    #expect(abs(place - place.rounded()) < 1e-6)
  }

  @Test func `who plays has the tempo where it is followed, and answers are in it`() throws {
    var player = try jam { $0.follows = .playing }
    // Eighths at 127, where 120 was expected; each up to 5 ms early or late.
    let eighth = 30.0 / 127
    for index in 0..<64 {
      let start = Double(index) * eighth + Double(index * 7 % 5 - 2) / 400
      player.play([60 + UInt8(index % 8)], from: start, every: 0.8 * eighth)
    }
    #expect(abs(player.jam.status.quartersPerMinute - 127) < 4)
    let tempo = player.jam.status.quartersPerMinute
    player.wait(until: 64 * eighth + 6)
    #expect(player.jam.status.quartersPerMinute == tempo)
    #expect(!player.strikes(on: 1).isEmpty)
  }

  @Test func `the first note of who is followed begins a bar, unless beats are clicked`() throws {
    for clicks in [false, true] {
      var player = try jam {
        $0.follows = .playing
        $0.clicks = clicks
      }
      // In the middle of a bar, and seven tenths of a beat behind one of its beats.
      player.play([60], from: 2.85, every: 0.5)
      player.wait(until: 5.1)
      let inBar = player.jam.place.truncatingRemainder(dividingBy: 4)
      #expect(abs(inBar - (clicks ? 2.2 : 0.5)) < 0.01, "\(inBar)")
    }
  }

  @Test func `an accompaniment begins behind the first note, and ends behind the last`() throws {
    let vocabulary = try AccompaniedVocabulary(base: .remi(), part: .highest)
    var player = try jam(vocabulary) { $0.mode = .accompany }
    player.wait(until: 4)
    #expect(player.sent.isEmpty)
    // Eight bars.
    player.play((0..<32).map { 60 + UInt8($0 % 12) }, from: 4.1, every: 0.5)
    let strikes = player.sent.filter {
      if case .noteOn(let channel, _, _)? = $0.message { channel != 0 } else { false }
    }
    let first = try #require(strikes.first)
    #expect(first.seconds >= 4.5 - 0.02)
    #expect(strikes.contains { $0.seconds > 16 })
    player.wait(until: 27)
    #expect(!player.jam.status.isAnswering)
    #expect(player.sounding.isEmpty)
  }

  @Test func `an accompaniment wants a model that learned one, and such a model wants it`() throws {
    #expect(throws: GenerationError.self) { _ = try jam { $0.mode = .accompany } }
    let vocabulary = try AccompaniedVocabulary(base: .remi(), part: .highest)
    #expect(throws: GenerationError.self) { _ = try jam(vocabulary) }
  }

  @Test func `another device's clock has the tempo and the bars`() throws {
    var player = try jam { $0.follows = .clock }
    // 100 quarter notes a minute, each clock up to 2 ms late.
    var clocks: [(seconds: Double, message: LiveMessage)] = [(0.31, .timing(.start))]
    for index in 0..<480 {
      let jitter = Double(index * 7 % 5) / 2_000
      clocks.append((0.32 + Double(index) * 0.025 + jitter, .timing(.clock)))
    }
    player.play(clocks)
    #expect(abs(player.jam.status.quartersPerMinute - 100) < 1)
    #expect(player.jam.status.isFollowing)
    // Twenty quarter notes, less a clock: the last beat of the fifth bar ends, in bars from any on.
    let inBar = player.jam.place.truncatingRemainder(dividingBy: 4)
    #expect(abs(inBar - (4 - 1.0 / 24)) < 0.05)
  }

  @Test func `a song position is the place in the bar from which another device goes on`() throws {
    for (sixteenths, inBar) in [(0, 0.0), (6, 1.5), (37, 1.25)] {
      var player = try jam { $0.follows = .clock }
      player.play([
        (1, .timing(.songPosition(sixteenths: sixteenths))), (1, .timing(.continue)),
        (1.02, .timing(.clock)),
      ])
      let place = player.jam.place.truncatingRemainder(dividingBy: 4)
      #expect(abs(place - inBar) < 1e-9, "\(sixteenths): \(place)")
    }
  }

  @Test func `a clock that jumps, stops or comes all at once is borne`() throws {
    var player = try jam { $0.follows = .clock }
    var clocks: [(seconds: Double, message: LiveMessage)] = [(0, .timing(.start))]
    for index in 0..<200 { clocks.append((0.1 + Double(index) * 0.02, .timing(.clock))) }
    for _ in 0..<5_000 { clocks.append((4.2, .timing(.clock))) }
    clocks.append((4.3, .timing(.songPosition(sixteenths: 16_383))))
    clocks.append((4.3, .timing(.continue)))
    for index in 0..<200 { clocks.append((9 + Double(index) * 0.02, .timing(.clock))) }
    clocks.append((13.1, .timing(.stop)))
    player.play(clocks)
    let tempo = player.jam.status.quartersPerMinute
    #expect(abs(tempo - 125) < 5)
    #expect(!player.jam.status.isFollowing)
    let place = player.jam.place
    player.wait(until: 14)
    #expect(player.jam.place > place)
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "two threads have to wait"))
  func `what is played is passed on while the model thinks, and what is taken back is not heard`()
    async throws
  {
    let partner = SlowPartner()
    var settings = JamSettings()
    settings.mode = .duet
    let door = partner.door
    let jam = Jam(with: BackgroundPartner(partner), settings: settings)
    // It is asked to write, and thinks until it may go on.
    var now = 0.0
    while !jam.status.isAnswering {
      now += 0.005
      _ = jam.advance(to: now)
    }
    while !door.isWaiting { await Task.yield() }
    jam.receive(.channel(.noteOn(channel: 0, pitch: 64, velocity: 90)), at: now + 0.001)
    let passed = jam.advance(to: now + 0.002)
    #expect(passed.messages.map(\.message) == [.noteOn(channel: 0, pitch: 64, velocity: 90)])
    #expect(door.isWaiting)
    // The note that it writes now was taken back when the key was struck.
    door.open()
    var heard: [TimedMessage] = []
    while door.asked < 3 {
      now += 0.005
      heard += jam.advance(to: now).messages
      await Task.yield()
    }
    #expect(!heard.contains { if case .noteOn(_, 100, _)? = $0.message { true } else { false } })
    #expect(jam.status.heardTokens > 0)
  }

  @Test func `whom no clock presses waits until the model has thought, and has what it wrote`() {
    let partner = SlowPartner()
    partner.door.open()
    let background = BackgroundPartner(partner)
    background.finish()
    for number in 1...100 {
      background.strike(program: 0, pitch: 60, velocity: 90, at: Double(number))
      var written = background.write(until: Double(number) + 0.5)
      background.finish()
      #expect(background.heardCount == number)
      written += background.write(until: Double(number) + 0.6)
      background.finish()
      #expect(written.count == (number == 1 ? 1 : 0))
    }
  }

  @Test func `a strike of no velocity, with which running status ends notes, ends them`() {
    let partner = NotingPartner()
    let jam = Jam(with: partner, settings: JamSettings())
    for (index, velocity) in [UInt8(90), 0, 80, 0].enumerated() {
      jam.receive(
        .channel(.noteOn(channel: 0, pitch: 60, velocity: velocity)), at: Double(index) / 10)
    }
    let note = ["strike 60 of 0", "release 60 of 0"]
    #expect(partner.heard == note + note)
    let sent = jam.advance(to: 0.4).messages.compactMap(\.message)
    #expect(sent.count == 4)
    #expect(sent.last == .noteOff(channel: 0, pitch: 60, velocity: 64))
  }

  @Test func `a key held while another program is chosen ends with the one that it began with`() {
    let partner = NotingPartner()
    let jam = Jam(with: partner, settings: JamSettings())
    let played: [ChannelMessage] = [
      .programChange(channel: 0, program: 5),
      .noteOn(channel: 0, pitch: 60, velocity: 90),
      .programChange(channel: 0, program: 40),
      .noteOff(channel: 0, pitch: 60, velocity: 64),
      .noteOn(channel: 0, pitch: 60, velocity: 90),
    ]
    for (index, message) in played.enumerated() {
      jam.receive(.channel(message), at: Double(index) / 10)
    }
    #expect(partner.heard == ["strike 60 of 5", "release 60 of 5", "strike 60 of 40"])
  }

  @Test func `knobs keep to their ranges, whoever turns them`() throws {
    let player = try jam()
    for (knob, value, kept) in [
      (Knob.temperature, 4.0, 2.0), (.temperature, -1, 0), (.repeats, 3, 2), (.density, 1e9, 60),
      (.density, 0, 0.2),
    ] {
      player.jam.set(knob, to: value)
      #expect(player.jam.value(of: knob) == kept)
    }
    player.jam.set(.temperature, to: .nan)
    #expect(player.jam.value(of: .temperature) == 0)
  }

  @Test func `a density is that of the music as it is heard, in every tempo`() {
    var settings = JamSettings()
    settings.quartersPerMinute = 60
    let partner = DensePartner(density: 4)
    var player = ScriptedPlayer(Jam(with: partner, settings: settings))
    player.wait(until: 0.1)
    // A quarter note lasts twice as long as the partner has it.
    #expect(partner.density == 8)
    #expect(player.jam.value(of: .density) == 4)
    player.jam.setTempo(quartersPerMinute: 240)
    player.wait(until: 0.2)
    #expect(partner.density == 2)
    player.jam.set(.density, to: 6)
    player.wait(until: 0.3)
    #expect(partner.density == 3)
    #expect(player.jam.value(of: .density) == 6)
  }

  @Test func `a density that the model is told is where its knob begins`() throws {
    var (sparse, dense) = (PieceAttributes(), PieceAttributes())
    (sparse.density, dense.density) = (2, 8)
    let vocabulary = try ConditionedVocabulary(
      base: PerformanceVocabulary(), conditions: Conditions([.density], of: [sparse, dense]))
    let network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1,
        conditionSlots: vocabulary.conditions.slotSizes), seed: 1)
    let model = Model(network: network, vocabulary: vocabulary)
    var generation = GenerationSettings()
    generation.steering.density = 8
    let told = generation.suited(to: model, asked: Suggestions())
    // The model is told it in the place of the sampler.
    try #require(told.steering.density == nil)
    let jam = try Jam(model: model, generation: told)
    #expect(jam.value(of: .density) == 8)
    jam.set(.density, to: 10)
    _ = jam.advance(to: 0.1)
    #expect(jam.value(of: .density) == 10)
  }

  @Test func `a knob turns what it has learnt`() throws {
    var player = try jam()
    player.jam.learn(.temperature)
    player.play([(0, .channel(.controlChange(channel: 0, controller: 21, value: 127)))])
    player.wait(until: 0.1)
    #expect(player.jam.value(of: .temperature) == 2)
    player.play([(0.2, .channel(.controlChange(channel: 0, controller: 21, value: 0)))])
    player.wait(until: 0.3)
    #expect(player.jam.value(of: .temperature) == 0)
    // What is no knob is music.
    player.play([(0.4, .channel(.controlChange(channel: 0, controller: 1, value: 9)))])
    player.wait(until: 0.5)
    #expect(
      player.sent.map(\.message).contains(
        .controlChange(channel: 0, controller: 1, value: 9)))
    #expect(Knob.density.value(ofController: 0) == 0.5)
    #expect(Knob.density.value(ofController: 127) == 16)
  }

  @Test func `both sides are written down as tracks on the grid`() throws {
    var player = try jam()
    player.play(call, from: 0, every: 0.5)
    player.wait(until: 12)
    player.end()
    var recording = JamRecording(metre: PieceAttributes.Metre(numerator: 4, denominator: 4))
    recording.setTempo(quartersPerMinute: 120, at: 0)
    for message in player.recording { recording.append(message) }
    let score = recording.score
    #expect(score.tracks.map(\.name) == ["Played", "Answered"])
    #expect(score.tracks[0].notes.map(\.pitch) == call)
    #expect(score.tracks[0].notes.map(\.onset) == (0..<8).map { $0 * 480 })
    #expect(score.tracks[1].notes.count == player.strikes(on: 1).count)
    #expect(score.tracks.allSatisfy { $0.notes.allSatisfy { $0.duration > 0 } })
    #expect(Score(score.midiFile()).tracks.map(\.notes) == score.tracks.map(\.notes))
  }

  @Test func `a tempo holds from its place on where the beat was moved back`() {
    var recording = JamRecording(metre: PieceAttributes.Metre(numerator: 4, denominator: 4))
    let noted: [(tempo: Double, place: Double)] = [
      (120, 0), (100, 4), (90, 4.5), (60, 4.25), (60, 8), (75, 8.5), (60, 8.25), (50, 9),
    ]
    for (tempo, place) in noted {
      recording.setTempo(quartersPerMinute: tempo, at: place)
    }
    let expected = [(0, 500_000), (1_920, 600_000), (2_040, 1_000_000), (4_320, 1_200_000)]
    #expect(recording.score.tempos == expected.map(TempoChange.init))
  }

  @Test func `settings out of range are refused by their name`() {
    func refusal(_ set: (inout JamSettings) -> Void) -> String? {
      var settings = JamSettings()
      set(&settings)
      do {
        try settings.validate()
        return nil
      } catch {
        return error.key
      }
    }
    #expect(refusal { $0.quartersPerMinute = 1_000 } == "tempo")
    #expect(refusal { $0.answerBars = 0 } == "answerBars")
    #expect(refusal { $0.countInBars = 9 } == "countIn")
    #expect(refusal { $0.answerChannel = 16 } == "channel")
    #expect(refusal { $0.cue = .silence(bars: 0) } == "silence")
    #expect(refusal { _ in } == nil)
  }
}
