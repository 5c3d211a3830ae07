import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

/// Music that becomes tokens while it is played.
struct TokenEncoderTests {
  /// A keyboard's two hands, or a drummer's: no key is struck while it is down.
  private func played(using generator: inout SeededGenerator) -> [PlayedKey] {
    var keys: [PlayedKey] = []
    let length = Int.random(in: 1...16, using: &generator) * 480
    // Each in its own octave: where programs are not told apart, a key is still one key.
    let hands: [(program: UInt8, lowest: UInt8)] = [(0, 36), (40, 44), (128, 52)]
    for (program, lowest) in hands.shuffled(using: &generator).prefix(2) {
      var tick = Int.random(in: 0...480, using: &generator)
      while tick < length {
        let duration = Int.random(in: 20...900, using: &generator)
        keys.append(
          PlayedKey(
            program: program, pitch: UInt8.random(in: lowest...lowest + 7, using: &generator),
            velocity: UInt8.random(in: 1...127, using: &generator), onset: tick,
            end: tick + duration))
        tick += duration + Int.random(in: 0...600, using: &generator)
      }
    }
    return keys
  }

  private struct PlayedKey {
    var program: UInt8
    var pitch: UInt8
    var velocity: UInt8
    var onset: Int
    var end: Int
  }

  private func score(_ keys: [PlayedKey]) -> Score {
    var tracks: [Track] = []
    for (channel, program) in Set(keys.map(\.program)).sorted().enumerated() {
      let notes = keys.filter { $0.program == program }.map {
        Note(onset: $0.onset, duration: $0.end - $0.onset, pitch: $0.pitch, velocity: $0.velocity)
      }
      tracks.append(
        Track(
          channel: program == 128 ? 9 : UInt8(channel), notes: notes,
          messages: program == 128 ? [] : [TrackMessage(tick: 0, kind: .program(program))]))
    }
    return Score(tracks: tracks, endTick: keys.map(\.end).max() ?? 0)
  }

  private func head(of vocabulary: any Vocabulary) -> [Token] {
    vocabulary.head(numerator: 4, denominator: 4, quartersPerMinute: 120)
  }

  /// How long a quarter note of the keys lasts in the vocabulary's own time.
  private func quarter(in vocabulary: any Vocabulary) -> Double {
    if case .performance = vocabulary.configuration.plain { return 0.5 }
    let tempo = vocabulary.decode(head(of: vocabulary)).tempos.first?.microsecondsPerQuarter
    return Double(tempo ?? 500_000) / 1e6
  }

  /// What the encoder tells of keys that are played one after another.
  private func tokens(
    playing keys: [PlayedKey], in vocabulary: any Vocabulary, from origin: Double = 0,
    by encoder: inout any TokenEncoder
  ) -> [Token] {
    let tick = quarter(in: vocabulary) / 480
    var events = keys.map { (tick: $0.onset, isStrike: true, key: $0) }
    events += keys.map { (tick: $0.end, isStrike: false, key: $0) }
    events.sort { ($0.tick, $0.isStrike ? 1 : 0) < ($1.tick, $1.isStrike ? 1 : 0) }
    var tokens: [Token] = []
    for event in events {
      let seconds = origin + Double(event.tick) * tick
      encoder.listen(until: seconds)
      tokens += encoder.takeTokens()
      let key = event.key
      if event.isStrike {
        encoder.strike(
          program: key.program, pitch: key.pitch, velocity: key.velocity, at: seconds)
      } else {
        encoder.release(program: key.program, pitch: key.pitch, at: seconds)
      }
      tokens += encoder.takeTokens()
    }
    encoder.rest(until: 0)
    return tokens + encoder.takeTokens()
  }

  /// The base tokens without those of conditions and the end.
  private func plain(_ tokens: [Token], _ vocabulary: any Vocabulary) -> [Token] {
    let base = vocabulary.withoutConditions
    let told = tokens.filter { Int($0) < base.count && $0 != base.end }
    return (base as? MergedVocabulary)?.expand(told) ?? told
  }

  @Test(arguments: allVocabularies)
  func `what is played becomes the tokens that its score is encoded as`(
    _ each: VocabularyCase
  ) throws {
    let vocabulary = each.vocabulary
    _ = try #require(vocabulary.makeEncoder())
    withEvery(seed: 0..<60) { generator in
      let keys = played(using: &generator)
      guard var encoder = vocabulary.makeEncoder() else { return }
      let head = head(of: vocabulary)
      for token in head { encoder.follow(token) }
      let found = head + tokens(playing: keys, in: vocabulary, by: &encoder)
      let expected = plain(vocabulary.encode(score(keys)), vocabulary)
      #expect(plain(found, vocabulary) == expected, "\(keys)")
    }
  }

  @Test(arguments: allVocabularies)
  func `what is played behind what another wrote is decoded at its time`(
    _ each: VocabularyCase
  ) throws {
    let vocabulary = each.vocabulary
    withEvery(seed: 100..<120) { generator in
      let (first, second) = (played(using: &generator), played(using: &generator))
      let written = vocabulary.encode(score(first)).filter { $0 != vocabulary.end }
      guard var encoder = vocabulary.makeEncoder() else { return }
      var decoder = vocabulary.makeDecoder()
      for token in written {
        encoder.follow(token)
        decoder.consume(token)
      }
      let end = decoder.settledSeconds
      encoder.releaseAll(at: end)
      // From a bar line on that lies behind all of it.
      let bar = 4 * quarter(in: vocabulary)
      let origin = ((end / bar).rounded(.up) + 4) * bar
      for token in tokens(playing: second, in: vocabulary, from: origin, by: &encoder) {
        decoder.consume(token)
      }
      decoder.finish()
      let step = quarter(in: vocabulary) / 2
      let onsets = decoder.takeSettledMessages().compactMap { timed -> Double? in
        guard case .noteOn = timed.message, timed.seconds > origin - step else { return nil }
        return timed.seconds
      }
      let told = vocabulary.quantise(score(second))
      let expected = told.tracks.flatMap(\.notes).map(\.onset)
      #expect(onsets.count == expected.count)
      guard let earliest = expected.min() else { return }
      let heard = onsets.first ?? 0
      #expect(abs(heard - origin - told.tempoMap.seconds(atTick: earliest)) < step)
    }
  }

  @Test func `notes that are told at once have the length of the last one released`() throws {
    let vocabulary = try MetricalVocabulary(.remi)
    var encoder = try #require(vocabulary.makeEncoder())
    let head = head(of: vocabulary)
    for token in head { encoder.follow(token) }
    encoder.tellsAtOnce = true
    let quarter = quarter(in: vocabulary)
    encoder.strike(program: 0, pitch: 60, velocity: 80, at: 0)
    let first = encoder.takeTokens()
    encoder.release(program: 0, pitch: 60, at: 2 * quarter)
    encoder.strike(program: 0, pitch: 62, velocity: 80, at: 2 * quarter)
    let second = encoder.takeTokens()
    // Before there is one to go by, a quarter note.
    let notes = vocabulary.decode(head + first + second).tracks.flatMap(\.notes)
    #expect(notes.map(\.pitch) == [60, 62])
    #expect(notes.map { $0.duration * 8 / vocabulary.ticksOfAQuarter } == [8, 16])
  }

  @Test func `a drum that is let go ends no key of its pitch where drums are not told`() throws {
    var piano = MetricalConfiguration()
    piano.programs = false
    let configurations: [VocabularyConfiguration] = [
      .performance(), .tsd(piano), .remi(piano), .pianoroll(),
    ]
    for configuration in configurations {
      let vocabulary = try configuration.makeVocabulary()
      let quarter = quarter(in: vocabulary)
      func told(withDrum isDrummed: Bool) throws -> [Token] {
        var encoder = try #require(vocabulary.makeEncoder())
        for token in head(of: vocabulary) { encoder.follow(token) }
        encoder.strike(program: 0, pitch: 60, velocity: 80, at: 0)
        if isDrummed {
          encoder.strike(program: 128, pitch: 60, velocity: 80, at: quarter)
          encoder.release(program: 128, pitch: 60, at: 1.5 * quarter)
        }
        encoder.release(program: 0, pitch: 60, at: 4 * quarter)
        encoder.rest(until: 5 * quarter)
        return encoder.takeTokens()
      }
      let (drummed, alone) = (try told(withDrum: true), try told(withDrum: false))
      #expect(!alone.isEmpty)
      #expect(drummed == alone, "\(configuration.name)")
    }
  }

  @Test func `a key that is held for ever holds nothing up for ever`() throws {
    for each in allVocabularies {
      guard var encoder = each.vocabulary.makeEncoder() else { continue }
      for token in head(of: each.vocabulary) { encoder.follow(token) }
      let program: UInt8 =
        switch each.configuration.plain {
        case .performance(let settings): UInt8(settings.program)
        case .tsd(let settings), .remi(let settings): UInt8(settings.program)
        case .pianoroll(let settings): UInt8(settings.program)
        default: 0
        }
      encoder.strike(program: program, pitch: 40, velocity: 80, at: 0)
      var tokens: [Token] = []
      for second in 1...600 {
        encoder.strike(program: program, pitch: 45, velocity: 80, at: Double(second))
        encoder.release(program: program, pitch: 45, at: Double(second) + 0.5)
        encoder.listen(until: Double(second) + 1)
        tokens += encoder.takeTokens()
      }
      let strikes = tokens.reduce(0) { $0 + each.vocabulary.noteCount(of: $1) }
      #expect(strikes > 400, "\(each.testDescription)")
    }
  }
}

extension MetricalVocabulary {
  /// How many ticks a quarter note of decoded music has.
  fileprivate var ticksOfAQuarter: Int {
    if case .ticksPerQuarter(let ticks) = makeDecoder().score.division { ticks } else { 1 }
  }
}
