import Foundation
import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

/// Vocabularies that tell of pedals and wheels.
@Suite struct ControllerTests {
  private struct Fixture: Decodable { var pieces: [Piece] }

  private struct Piece: Decodable {
    var midi: String
    var performance: [Part]
    var metrical: [Part]
  }

  /// Where a program's pedal and wheels stand while it sounds: the first step, the number of steps, pedal,
  /// expression, bend.
  private struct Part: Decodable {
    var program: UInt8
    var rows: [[Int]]
  }

  private func vocabulary(
    _ configuration: VocabularyConfiguration, _ controllers: ControllerSettings = allControllers
  ) throws -> any Vocabulary {
    switch configuration {
    case .performance(var settings):
      (settings.programs, settings.controllers) = (true, controllers)
      return try PerformanceVocabulary(settings)
    case .tsd(var settings):
      settings.controllers = controllers
      return try MetricalVocabulary(.tsd, settings)
    case .remi(var settings):
      settings.controllers = controllers
      return try MetricalVocabulary(.remi, settings)
    default: return try configuration.makeVocabulary()
    }
  }

  private func names(_ tokens: [Token], _ vocabulary: any Vocabulary) -> [String] {
    tokens.map(vocabulary.name(of:))
  }

  private func control(_ tick: Int, _ controller: UInt8, _ value: UInt8) -> TrackMessage {
    TrackMessage(tick: tick, kind: .control(controller: controller, value: value))
  }

  private func score(_ messages: [TrackMessage], notes: [(Int, Int, UInt8)]) -> Score {
    let track = Track(
      notes: notes.map { Note(onset: $0.0, duration: $0.1, pitch: $0.2) }, messages: messages)
    return Score(tracks: [track], endTick: track.lastNoteEnd)
  }

  @Test func `pedals and wheels stand where mido's messages put them, on either grid`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/controllers.json")
    let pieces = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file)).pieces
    for piece in pieces {
      let digits = Array(piece.midi.utf8)
      let bytes = stride(from: 0, to: digits.count, by: 2).map { index in
        UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) ?? 0
      }
      let score = Score(try MIDIFile(bytes: bytes))
      for (configuration, parts) in [
        (VocabularyConfiguration.performance(), piece.performance), (.tsd(), piece.metrical),
        (.remi(), piece.metrical),
      ] {
        let vocabulary = try vocabulary(configuration)
        let decoded = vocabulary.decode(vocabulary.encode(score))
        guard case .ticksPerQuarter(let quarter) = decoded.division else {
          Issue.record("\(configuration.name) decodes to time code")
          continue
        }
        let step = configuration.name == "performance" ? 5 * quarter / 250 : quarter / 8
        for part in parts {
          let track = try #require(decoded.tracks.first { $0.programs[0].program == part.program })
          for row in part.rows {
            for place in row[0]..<row[0] + row[1] {
              let found = standing(track, at: place * step)
              #expect(found == Array(row[2...]), "\(configuration.name) at step \(place)")
            }
          }
        }
      }
    }
  }

  /// Pedal, expression and bend in force at a tick.
  private func standing(_ track: Track, at tick: Int) -> [Int] {
    var found = [0, 127, 8_192]
    for message in track.messages where message.tick <= tick {
      switch message.kind {
      case .control(64, let value): found[0] = Int(value)
      case .control(11, let value): found[1] = Int(value)
      case .pitchBend(let value): found[2] = Int(value)
      default: break
      }
    }
    return found
  }

  @Test func `a curve of ten thousand messages a second has a token for each step at most`() throws
  {
    // Five seconds at 120 quarter notes a minute.
    var messages: [TrackMessage] = []
    for index in 0..<50_000 {
      let tick = index * 4_800 / 50_000
      messages.append(control(tick, 11, UInt8(index % 128)))
      messages.append(TrackMessage(tick: tick, kind: .pitchBend(UInt16(index * 7 % 16_384))))
      messages.append(control(tick, 64, index / 150 % 2 == 0 ? 127 : 0))
    }
    let score = score(messages, notes: [(0, 4_800, 60)])
    for (configuration, steps) in [
      (VocabularyConfiguration.performance(), 501), (.tsd(), 81), (.remi(), 81),
    ] {
      let vocabulary = try vocabulary(configuration)
      let kinds = vocabulary.encode(score).map(vocabulary.kind(of:))
      for kind in ["pedal", "expression", "bend"] {
        let count = kinds.count { $0 == kind }
        #expect(count > 10 && count <= steps, "\(count) of \(kind)")
      }
    }
  }

  @Test func `a pedal that is changed within a step is lifted at it and pressed at the next`()
    throws
  {
    let score = score(
      [control(0, 64, 127), control(962, 64, 0), control(963, 64, 127)],
      notes: [(0, 960, 60), (960, 960, 62)])
    let vocabulary = try vocabulary(.remi())
    let track = vocabulary.quantise(score).tracks[0]
    let pedals = track.messages.filter { if case .control(64, _) = $0.kind { true } else { false } }
    // Sixteen ticks a quarter note and more: steps of an eighth of one.
    let step = pedals[2].tick - pedals[1].tick
    #expect(pedals.map { $0.tick / step } == [0, 16, 17, 32])
    #expect(
      pedals.map(\.kind)
        == [127, 0, 127, 0].map { TrackMessage.Kind.control(controller: 64, value: $0) })
  }

  @Test func `notes are as long as their keys where the pedal is told`() throws {
    let score = score(
      [control(0, 64, 127), control(960, 64, 0)], notes: [(0, 240, 60), (960, 240, 62)])
    let told = try vocabulary(.performance()).quantise(score)
    #expect(told.tracks[0].notes.map(\.duration) == [250, 250])
    let folded = PerformanceVocabulary().quantise(score)
    #expect(folded.tracks[0].notes.map(\.duration) == [1_000, 250])
    // What is heard is the same.
    #expect(told.foldingPedals().tracks[0].notes == folded.tracks[0].notes)
  }

  @Test func `what is moved in silence is told with the next note`() throws {
    let score = score(
      [
        control(0, 11, 10), control(500, 11, 64), control(500, 64, 127),
        TrackMessage(tick: 600, kind: .pitchBend(0)), control(1_440, 64, 0), control(3_000, 11, 0),
        control(3_000, 64, 127),
      ], notes: [(960, 480, 60)])
    let vocabulary = try vocabulary(.performance())
    #expect(
      names(vocabulary.encode(score), vocabulary) == [
        "start", "time-shift 1000 ms", "program 0", "velocity 63", "note-on 60", "pedal down",
        "expression 66", "bend -8192", "time-shift 500 ms", "note-off 60", "pedal up", "end",
      ])
  }

  @Test func `of channels that play one program the one with the most notes moves it`() throws {
    var score = score([control(0, 11, 30)], notes: [(0, 480, 60), (480, 480, 62)])
    score.tracks.append(
      Track(
        channel: 1, notes: [Note(onset: 0, duration: 480, pitch: 70)],
        messages: [control(0, 11, 90), control(240, 64, 127), control(480, 64, 0)]))
    let vocabulary = try vocabulary(.remi())
    let moves = names(vocabulary.encode(score), vocabulary)
      .filter { $0.hasPrefix("expression") || $0.hasPrefix("pedal") }
    #expect(moves == ["expression 29", "pedal down", "pedal up"])
  }

  @Test func `the wheel's reach is kept where it is another than two semitones`() throws {
    var controllers = ControllerSettings([.bend])
    controllers.bendSemitones = 12
    let vocabulary = try vocabulary(.tsd(), controllers)
    let score = score(
      [control(0, 101, 0), control(0, 100, 0), control(0, 6, 24)]
        + [TrackMessage(tick: 0, kind: .pitchBend(12_288))], notes: [(0, 480, 60)])
    // Half of 24 semitones are all of 12.
    let track = vocabulary.quantise(score).tracks[0]
    #expect(track.messages.contains { $0.kind == .pitchBend(16_383) })
    #expect(track.messages.contains { $0.kind == .control(controller: 6, value: 12) })
    let heard = vocabulary.quantise(score).controllerCurves[0].changes.map(\.value)
    guard case .bend(let semitones)? = heard.last else {
      Issue.record("nothing is bent")
      return
    }
    #expect(abs(semitones - 12) < 0.01)
  }

  @Test func `a controller is put at rest by what resets all`() {
    var score = score(
      [
        control(0, 11, 30), control(0, 64, 127), TrackMessage(tick: 0, kind: .pitchBend(0)),
        control(480, 121, 0), control(960, 11, 20),
      ], notes: [(0, 1_920, 60)])
    score.systemExclusives = [
      SystemExclusiveEvent(tick: 1_440, data: [0x7E, 0x7F, 9, 1, 0xF7])
    ]
    let changes = score.controllerCurves[0].changes
    #expect(changes.map(\.tick) == [0, 0, 0, 480, 480, 480, 960, 1_440])
    #expect(
      changes.suffix(5).map(\.value) == [
        .pedal(isDown: false), .expression(127), .bend(semitones: 0), .expression(20),
        .expression(127),
      ])
  }

  @Test func `settings that tell of nothing stand in no file`() throws {
    for name in VocabularyConfiguration.names {
      let json = try JSONEncoder().encode(try VocabularyConfiguration(named: name))
      #expect(!String(decoding: json, as: UTF8.self).contains("controllers"))
    }
  }

  @Test func `settings out of range and names that are unknown are refused`() throws {
    for text in [
      #"{"type":"remi","controllers":{"bend":4}}"#,
      #"{"type":"remi","controllers":{"expression":1}}"#,
      #"{"type":"performance","controllers":{"bend":3,"bendSemitones":0}}"#,
      #"{"type":"tsd","pedal":true,"controllers":{"pedal":true}}"#,
    ] {
      let configuration = try JSONDecoder().decode(
        VocabularyConfiguration.self, from: Data(text.utf8))
      #expect(throws: VocabularyError.self, "\(text)") { try configuration.makeVocabulary() }
    }
    struct Known: Decodable {
      init(from decoder: any Decoder) throws {
        try VocabularyConfiguration.refuseUnknownSettings(in: decoder)
      }
    }
    for (text, name) in [
      (#"{"type":"remi","controllers":{"bends":4}}"#, "bends"),
      (#"{"type":"performance","velocitybins":1}"#, "velocitybins"),
      (#"{"type":"merged","base":{"type":"tsd","frame":1},"merges":[]}"#, "frame"),
      (#"{"type":"tsd","resolutions":[{"beats":4,"positions":8,"position":4}]}"#, "position"),
      (#"{"type":"remi","signatures":[{"numerator":4,"denominator":4,"beats":4}]}"#, "beats"),
      (
        #"{"type":"conditioned","base":{"type":"remi"},"conditions":{"slot":[],"slots":[]}}"#,
        "slot"
      ),
      (
        #"{"type":"conditioned","base":{"type":"remi"},"conditions":{"slots":[{"name":"x"}]}}"#,
        "name"
      ),
    ] {
      #expect {
        try JSONDecoder().decode(Known.self, from: Data(text.utf8))
      } throws: { error in
        guard case DecodingError.dataCorrupted(let context) = error else { return false }
        return context.debugDescription.contains("has no setting \(name), expected one of")
      }
    }
    for each in allVocabularies {
      #expect(throws: Never.self) {
        try JSONDecoder().decode(Known.self, from: JSONEncoder().encode(each.configuration))
      }
    }
  }
}
