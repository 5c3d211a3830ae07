import Foundation
import MidiTok
import Music
import StandardMIDIFile
import Testing
import Tokenization

/// Tokenizers as MidiTok has saved them, against its own tokens: `Tools/fixtures/miditok_tokenizers.py`.
struct MidiTokTests {
  private struct Fixture: Decodable {
    var pieces: [String]
    var cases: [Case]

    struct Case: Decodable {
      var name: String
      var file: String
      var tokens: [[String]]
    }
  }

  private func fixture() throws -> Fixture {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/tokenizers", withExtension: "json"))
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
  }

  private func tokenizer(_ name: String) throws -> MidiTokTokenizer {
    let entry = try #require(try fixture().cases.first { $0.name == name })
    return try MidiTokTokenizer(json: Array(entry.file.utf8))
  }

  private func bytes(hexadecimal text: String) -> [UInt8] {
    let digits = Array(text)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
  }

  @Test(arguments: ["remi", "tsd", "remi-merged", "tsd-merged"])
  func `a tokenizer that is read tells pieces as MidiTok does`(name: String) throws {
    let fixture = try fixture()
    let entry = try #require(fixture.cases.first { $0.name == name })
    let tokenizer = try MidiTokTokenizer(json: Array(entry.file.utf8))
    #expect(tokenizer.differences == [])
    let vocabulary = try tokenizer.configuration.makeVocabulary()
    #expect(entry.tokens.count == fixture.pieces.count)
    for (piece, expected) in zip(fixture.pieces, entry.tokens) {
      let score = Score(try MIDIFile(bytes: bytes(hexadecimal: piece)))
      let names = vocabulary.encode(score).dropFirst().dropLast().map { vocabulary.name(of: $0) }
      #expect(names == expected)
    }
    if name.hasSuffix("merged") {
      #expect(entry.tokens.joined().contains { $0.contains(", ") })
    }
  }

  @Test func `what does not correspond is told`() throws {
    let odd = try tokenizer("odd").differences
    for word in [
      "use_chords", "use_rests", "use_sustain_pedals", "log_tempos", "a sequence for each track",
      "tempos told again", "special tokens MASK",
    ] { #expect(odd.contains { $0.contains(word) }, "\(word) among \(odd)") }
    #expect(odd.count == 7)
    let like = try tokenizer("midilike")
    #expect(like.differences.contains { $0.contains("in milliseconds") })
    var expected = PerformanceVocabulary.Configuration()
    (expected.lowestPitch, expected.highestPitch, expected.velocityBins) = (21, 109, 16)
    #expect(like.configuration == .performance(expected))
  }

  @Test func `what is written is read as the same vocabulary`() throws {
    var metrical = MetricalConfiguration()
    metrical.velocityBins = 0
    metrical.tempos = false
    metrical.resolutions = [.init(beats: 2, positions: 12), .init(beats: 8, positions: 3)]
    metrical.signatures = [.init(3, 4), .init(4, 4), .init(6, 8)]
    metrical.pedal = true
    // So many tokens that characters begin to combine, and to look like others.
    var wide = MetricalConfiguration()
    (wide.velocityBins, wide.tempos, wide.tempoBins) = (127, true, 128)
    wide.resolutions = [.init(beats: 4, positions: 48), .init(beats: 12, positions: 24)]
    let merges = (700..<1_000).map { MergedVocabulary.Merge(Token($0), Token($0 + 1)) }
    for configuration in [
      .remi(), .merged(base: .remi(wide), merges: merges), .tsd(metrical),
      try tokenizer("remi-merged").configuration, try tokenizer("tsd-merged").configuration,
    ] as [VocabularyConfiguration] {
      let (bytes, differences) = try MidiTokTokenizer.json(of: configuration)
      #expect(differences == [])
      let read = try MidiTokTokenizer(json: bytes)
      let (ours, theirs) = (
        try configuration.makeVocabulary(), try read.configuration.makeVocabulary()
      )
      #expect(read.differences == [])
      #expect(ours.count == theirs.count)
      for token in 0..<ours.count {
        #expect(ours.name(of: Token(token)) == theirs.name(of: Token(token)))
      }
    }
    #expect(throws: MidiTokError.self) { try MidiTokTokenizer.json(of: .pianoroll()) }
  }

  @Test func `pedals and wheels go either way, and how they differ is told`() throws {
    var settings = MetricalConfiguration()
    settings.controllers = ControllerSettings([.pedal, .expression, .bend])
    let (bytes, differences) = try MidiTokTokenizer.json(of: .remi(settings))
    #expect(differences.count == 1 && differences[0].hasPrefix("pedal, expression, bend: "))
    let read = try MidiTokTokenizer(json: bytes)
    #expect(read.configuration == .remi(settings))
    #expect(read.differences.count == 2)
    // Thirty-two positions, as MidiTok has them, leave no middle.
    let usual =
      #"{"config":{"use_pitch_bends":true,"pitch_bend_range":[-8192,8191,32]},"tokenization":"TSD"}"#
    let even = try MidiTokTokenizer(json: Array(usual.utf8))
    #expect(even.configuration.controllers == ControllerSettings([.bend]))
    #expect(even.differences.contains { $0.contains("32 positions become 33") })
    let pair = MergedVocabulary.Merge(1, 2)
    #expect(throws: MidiTokError.self) {
      try MidiTokTokenizer.json(of: .merged(base: .remi(settings), merges: [pair]))
    }
  }

  @Test(arguments: [
    "", "{}", "[1, 2]", "{\"config\": 3, \"tokenization\": \"REMI\"}",
    "{\"config\": {}, \"tokenization\": \"Octuple\"}",
    "{\"config\": {\"pitch_range\": [90, 20]}, \"tokenization\": \"TSD\"}",
    "{\"config\": {\"pitch_range\": \"all\"}, \"tokenization\": \"TSD\"}",
    "{\"config\": {\"beat_res\": {\"0_4\": 8, \"5_12\": 4}}, \"tokenization\": \"REMI\"}",
    "{\"config\": {\"beat_res\": {\"0_4\": 1e300}}, \"tokenization\": \"REMI\"}",
    "{\"config\": {\"num_velocities\": -4}, \"tokenization\": \"REMI\"}",
    "{\"config\": {\"use_time_signatures\": true, \"time_signature_range\": {\"0\": [4]}}, \"tokenization\": \"REMI\"}",
  ])
  func `a file that is none, or asks for what cannot be, is refused`(json: String) {
    #expect(throws: MidiTokError.self) { try MidiTokTokenizer(json: Array(json.utf8)) }
  }
}
