import Generation
import Modeling
import Music
import Recurrent
import StandardMIDIFile
import Testing
import Tokenization

/// Lengths as they are measured in the file that is written.
struct LengthTests {
  static let names = ["performance", "tsd", "remi", "pianoroll"]

  /// What else is asked for.
  enum Wish: CaseIterable, Sendable {
    case nothing, primer, waltz, slow
  }

  private func models(_ name: String) throws -> [Model] {
    let base = try VocabularyConfiguration(named: name).makeVocabulary()
    let notes = (0..<64).map { index in
      Note(onset: index * 240, duration: 240, pitch: UInt8(50 + index * 7 % 24), velocity: 80)
    }
    let tokens = base.encode(Score(tracks: [Track(notes: notes)], endTick: 64 * 240))
    let merged = try MergedVocabulary.learn(from: [tokens[...]], base: base, count: 20)
    return try [base, merged].map { vocabulary in
      Model(
        network: try Network(
          NetworkConfiguration(
            vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1),
          seed: 3), vocabulary: vocabulary)
    }
  }

  private func settings(_ length: PieceLength, _ wish: Wish, _ name: String) throws
    -> GenerationSettings
  {
    var settings = GenerationSettings()
    settings.length = length
    let isMetrical = name == "tsd" || name == "remi"
    switch wish {
    case .nothing: break
    case .primer: settings.primer = try Score(motif: "C4 E4 G4/2 R/8")
    case .waltz: if isMetrical { settings.steering.metre = .fixed(numerator: 3, denominator: 4) }
    case .slow: if isMetrical { settings.steering.tempo = 40 }
    }
    return settings
  }

  /// What each piece is as a file, without its primer.
  private func files(
    _ name: String, _ length: PieceLength, _ wish: Wish, seeds: ClosedRange<UInt64> = 1...10
  ) throws -> [Score] {
    try models(name).flatMap { model in
      let batch = try PieceBatch(
        model: model, settings: settings(length, wish, name), seeds: Array(seeds))
      var scores: [Score] = []
      while let pieces = batch.next() { scores += pieces.map(\.scoreWithoutPrimer) }
      #expect(scores.count == seeds.count)
      return try scores.map { Score(try MIDIFile(bytes: $0.midiFile().bytes())) }
    }
  }

  @Test(arguments: names, Wish.allCases)
  func `a length in seconds is kept within a tenth by the last note and the end of the file`(
    _ name: String, _ wish: Wish
  ) throws {
    for seconds in [1.0, 5, 20] {
      for score in try files(name, .seconds(seconds), wish) {
        let map = score.tempoMap
        let end = map.seconds(atTick: score.endTick)
        #expect((0.9 * seconds - 0.01...1.1 * seconds + 0.01).contains(end))
        #expect(score.tracks.allSatisfy { $0.lastNoteEnd <= score.endTick })
      }
    }
  }

  @Test(arguments: names)
  func `a piece of a length at most ends by itself, and as late as one of that length`(
    _ name: String
  ) throws {
    let ends = try files(name, .atMost(20), .nothing).map {
      $0.tempoMap.seconds(atTick: $0.endTick)
    }
    #expect(ends.allSatisfy { (0...22.01).contains($0) })
    // Untrained networks end soon, but for notes that they have to release first.
    #expect(name == "performance" || ends.contains { $0 < 17 })
  }

  @Test(arguments: names, Wish.allCases)
  func `a length in bars is kept to the tick, so that it can be repeated`(
    _ name: String, _ wish: Wish
  ) throws {
    for bars in [1, 4, 8] {
      for score in try files(name, .bars(bars), wish) {
        let map = try #require(score.metreMap)
        if wish == .primer {
          #expect(abs(map.barsPassed(at: score.endTick) - Double(bars)) < 0.2 * Double(bars))
        } else {
          #expect(score.endTick == map.tick(ofBar: bars))
        }
        #expect(score.tracks.allSatisfy { $0.lastNoteEnd <= score.endTick })
      }
    }
  }

  @Test(arguments: names, Wish.allCases)
  func `a length in notes is that number of notes`(_ name: String, _ wish: Wish) throws {
    for count in [1, 7, 50] {
      for score in try files(name, .notes(count), wish) {
        #expect(score.tracks.reduce(0) { $0 + $1.notes.count } == count)
      }
    }
  }

  @Test(arguments: names, Wish.allCases)
  func `a length in tokens is kept within a tenth`(_ name: String, _ wish: Wish) throws {
    for model in try models(name) {
      for count in [1, 40, 300] {
        for seed in 1...5 as ClosedRange<UInt64> {
          var settings = try settings(.tokens(count), wish, name)
          settings.seed = seed
          let generator = try PieceGenerator(model: model, settings: settings)
          while generator.next() != nil {}
          #expect((count...count + count / 10).contains(generator.tokenCount))
        }
      }
    }
  }

  @Test(arguments: names, [PieceLength.seconds(5), .bars(2), .notes(20)])
  func `what is handed to the player ends where the file does`(
    _ name: String, _ length: PieceLength
  ) throws {
    for model in try models(name) {
      for seed in 1...10 as ClosedRange<UInt64> {
        var settings = try settings(length, .nothing, name)
        settings.seed = seed
        let generator = try PieceGenerator(model: model, settings: settings)
        var messages: [TimedMessage] = []
        while generator.next() != nil { messages += generator.takeMessages() }
        messages += generator.takeMessages()
        let score = generator.score
        let last = score.tracks.map(\.lastNoteEnd).max() ?? 0
        // A piece of a model that was never trained may be a rest.
        let end = messages.last?.seconds ?? 0
        #expect(abs(end - score.tempoMap.seconds(atTick: last)) < 1e-6)
        let strikes = messages.count { $0.message?.isStrike == true }
        #expect(strikes == score.tracks.map(\.notes.count).reduce(0, +))
        #expect(messages.count { $0.message?.isRelease == true } == strikes)
      }
    }
  }
}

extension ChannelMessage {
  fileprivate var isStrike: Bool {
    if case .noteOn(_, _, let velocity) = self { velocity > 0 } else { false }
  }

  fileprivate var isRelease: Bool {
    if case .noteOff = self { true } else { false }
  }
}
