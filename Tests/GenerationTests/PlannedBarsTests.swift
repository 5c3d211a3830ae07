import Generation
import Modeling
import Music
import Recurrent
import Testing
import Tokenization

/// Bars that come again as those of a training piece do.
struct PlannedBarsTests {
  /// Bars of four quarter notes, each bar the one of its letter.
  private func piece(_ form: String, upbeat: UInt8? = nil) -> Score {
    var notes: [Note] = []
    if let upbeat { notes.append(Note(onset: 1440, duration: 480, pitch: upbeat, velocity: 80)) }
    let start = upbeat == nil ? 0 : 1920
    for (bar, letter) in form.utf8.enumerated() {
      notes += (0..<4).map { beat in
        Note(
          onset: start + 1920 * bar + 480 * beat, duration: 480,
          pitch: 48 + (letter - 65) * 4 + UInt8(beat), velocity: 80)
      }
    }
    return Score(
      tracks: [Track(notes: notes)],
      timeSignatures: [TimeSignature(tick: 0, numerator: 4, denominator: 4)],
      endTick: start + 1920 * form.utf8.count)
  }

  /// A piece behind a first bar of 1/4.
  private func withShortBar(_ piece: Score) -> Score {
    var score = piece
    for index in score.tracks[0].notes.indices { score.tracks[0].notes[index].onset += 480 }
    score.tracks[0].notes.insert(Note(onset: 0, duration: 480, pitch: 71, velocity: 80), at: 0)
    score.timeSignatures = [
      TimeSignature(tick: 0, numerator: 1, denominator: 4),
      TimeSignature(tick: 480, numerator: 4, denominator: 4),
    ]
    score.endTick += 480
    return score
  }

  private func repeats(_ scores: [Score], in vocabulary: any Vocabulary) -> PieceRepeats {
    PieceRepeats(
      of: scores.map { vocabulary.encode($0) }, in: vocabulary, recall: Recall(lengths: [3]))
  }

  private func model(
    planned form: String, _ configuration: VocabularyConfiguration = .remi()
  ) throws -> Model {
    let vocabulary = try configuration.makeVocabulary()
    var provenance = Provenance()
    provenance.apply(repeats([piece(form)], in: vocabulary))
    return Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1,
          recall: Recall(lengths: [3])), seed: 2), vocabulary: vocabulary, provenance: provenance)
  }

  /// What is struck in each bar, by its place there.
  private func bars(_ score: Score) throws -> [Set<[Int]>] {
    let metre = try #require(score.metreMap)
    var bars: [Set<[Int]>] = []
    for note in score.tracks.flatMap(\.notes) {
      let bar = metre.bar(at: note.onset)
      while bars.count <= bar { bars.append([]) }
      bars[bar].insert([note.onset - metre.tick(ofBar: bar), Int(note.pitch)])
    }
    return bars
  }

  @Test func `a plan says how far back each bar stands, and begins behind an upbeat`() throws {
    let vocabulary = try VocabularyConfiguration(named: "remi").makeVocabulary()
    for upbeat in [nil, 72] as [UInt8?] {
      let plans = try #require(
        BarPlans(of: [vocabulary.encode(piece("ABABCD", upbeat: upbeat))], in: vocabulary))
      #expect(plans.plans == [[0, 0, 2, 2, 0, 0]])
      #expect(plans.isPossible)
    }
    // An upbeat in a bar of its own, as songbooks write it.
    let plans = try #require(
      BarPlans(of: [vocabulary.encode(withShortBar(piece("ABABCD")))], in: vocabulary))
    #expect(plans.plans == [[0, 0, 2, 2, 0, 0]])
    #expect(BarPlans(of: [vocabulary.encode(piece("ABC"))], in: vocabulary) == nil)
    let frames = try VocabularyConfiguration(named: "pianoroll").makeVocabulary()
    #expect(BarPlans(of: [frames.encode(piece("ABAB"))], in: frames) == nil)
  }

  @Test func `plans look at notes alone, whatever pedals and wheels do`() throws {
    var settings = MetricalConfiguration()
    settings.controllers = ControllerSettings(Controller.allCases)
    let vocabulary = try MetricalVocabulary(.remi, settings)
    var moved = piece("ABABCD")
    for (index, tick) in stride(from: 100, to: 6 * 1920, by: 330).enumerated() {
      moved.tracks[0].messages += [
        TrackMessage(tick: tick, kind: .control(controller: 64, value: index % 2 == 0 ? 127 : 0)),
        TrackMessage(tick: tick, kind: .control(controller: 11, value: UInt8(tick % 128))),
        TrackMessage(tick: tick, kind: .pitchBend(UInt16(tick))),
      ]
    }
    let tokens = vocabulary.encode(moved)
    #expect(tokens.count > vocabulary.encode(piece("ABABCD")).count + 100)
    let plans = try #require(BarPlans(of: [tokens], in: vocabulary))
    #expect(plans.plans == [[0, 0, 2, 2, 0, 0]])

    var planned = try model(planned: "ABABCDCD", .remi(settings))
    let again = try repeats(by: planned)
    planned.provenance.barPlans = nil
    let byChance = try repeats(by: planned)
    #expect(again > byChance + 5, "\(again) with a plan, \(byChance) without")
  }

  // An untrained network repeats nothing of itself. What ends a piece is not repeated by a plan either.
  @Test func `a piece comes back where the piece that it follows does`() throws {
    var planned = try model(planned: "ABABCDCD")
    let again = try repeats(by: planned)
    planned.provenance.barPlans = nil
    let byChance = try repeats(by: planned)
    #expect(again > 2 * byChance + 5, "\(again) with a plan, \(byChance) without")
    // The first bar, which tells the tempo, comes back as any other.
    var settings = GenerationSettings()
    settings.length = .bars(3)
    settings.longestNoteSeconds = 0.3
    settings.sampling.temperature = 0.3
    let first = try model(planned: "AAAA")
    let same = try (1...10 as ClosedRange<UInt64>).count { seed in
      settings.seed = seed
      let generator = try PieceGenerator(model: first, settings: settings)
      while generator.next() != nil {}
      let bars = try bars(generator.score)
      return bars.count > 1 && !bars[0].isEmpty && bars[1] == bars[0]
    }
    #expect(same >= 7, "\(same)")
  }

  /// How many of the forty bars that ten pieces are to repeat they do.
  private func repeats(by model: Model) throws -> Int {
    var count = 0
    for seed in 1...10 as ClosedRange<UInt64> {
      var settings = GenerationSettings()
      settings.length = .bars(8)
      settings.longestNoteSeconds = 0.3
      settings.sampling.temperature = 0.3
      settings.seed = seed
      let generator = try PieceGenerator(model: model, settings: settings)
      while generator.next() != nil {}
      let bars = try bars(generator.score)
      count += [(2, 0), (3, 1), (6, 4), (7, 5)].count { bar, source in
        bars.indices.contains(bar) && !bars[source].isEmpty && bars[bar] == bars[source]
      }
    }
    return count
  }

  @Test func `a new bar before one that comes again ends with the upbeat of the piece`()
    throws
  {
    // An upbeat and the first bar are there; a new bar follows, and the first one once more.
    let model = try model(planned: "ABABCDEF")
    for seed in 1...8 as ClosedRange<UInt64> {
      var settings = GenerationSettings()
      settings.length = .bars(3)
      settings.primer = piece("A", upbeat: 71)
      settings.longestNoteSeconds = 0.5
      settings.sampling.temperature = 0.3
      settings.seed = seed
      let generator = try PieceGenerator(model: model, settings: settings)
      while generator.next() != nil {}
      let bars = try bars(generator.score)
      let beat = try #require(generator.score.metreMap?.tick(ofBar: 1)) / 4
      let upbeat = bars[2].filter { $0[0] >= 3 * beat }
      #expect(upbeat == [[3 * beat, 71]], "seed \(seed): \(upbeat)")
    }
  }

  @Test func `a piece that begins with a short bar follows its plan from the first whole one`()
    throws
  {
    // Counted from the short bar, the first whole one would be to come again itself, and the next to be new.
    let model = try model(planned: "AABC")
    let same = try (1...10 as ClosedRange<UInt64>).count { seed in
      var settings = GenerationSettings()
      settings.length = .bars(4)
      settings.primer = withShortBar(piece("A"))
      settings.longestNoteSeconds = 0.5
      settings.sampling.temperature = 0.3
      settings.seed = seed
      let generator = try PieceGenerator(model: model, settings: settings)
      while generator.next() != nil {}
      let bars = try bars(generator.score)
      return bars.count > 2 && !bars[1].isEmpty && bars[2] == bars[1]
    }
    #expect(same >= 7, "\(same)")
  }

  @Test func `the more a piece is to repeat itself, the more bars come again, none too often`()
    throws
  {
    let model = try model(planned: "ABCDABCDEFGHEFGHIJKLMNOP")
    let shares = try ([0, 0.5, 1, 1.5, 2] as [Float]).map { repeats in
      var (again, count) = (0, 0)
      for seed in 1...6 as ClosedRange<UInt64> {
        var settings = GenerationSettings()
        settings.length = .bars(24)
        settings.longestNoteSeconds = 0.3
        settings.sampling.temperature = 0.3
        settings.repeats = repeats
        settings.seed = seed
        let generator = try PieceGenerator(model: model, settings: settings)
        while generator.next() != nil {}
        let bars = try bars(generator.score)
        count += bars.count
        again += bars.indices.count { bar in
          !bars[bar].isEmpty && bars[..<bar].contains(bars[bar])
        }
        for length in 1...4 {
          for start in bars.indices where start + 5 * length <= bars.count {
            let passage = bars[start..<start + length]
            let isCircling = (1..<5).allSatisfy { time in
              bars[start + time * length..<start + (time + 1) * length].elementsEqual(passage)
            }
            #expect(!isCircling || passage.allSatisfy(\.isEmpty), "\(repeats) \(seed)")
          }
        }
      }
      return Double(again) / Double(count)
    }
    #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 < $1 }, "\(shares)")
    #expect(shares[0] < 0.05 && shares[4] > 0.5, "\(shares)")
  }
}
