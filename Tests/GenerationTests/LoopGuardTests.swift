import Modeling
import Music
import Recurrent
import StandardMIDIFile
import Tensors
import Testing
import Tokenization

@testable import Generation

/// How many times in a row a passage is heard, whatever the network.
struct LoopGuardTests {
  /// Limits that no piece reaches.
  private static let unlimited: RepeatLimits = {
    var limits = RepeatLimits(of: [])
    limits.times = limits.times.map { _ in 100_000 }
    limits.takesMergesApart = true
    return limits
  }()
  /// Limits of pieces that repeat nothing.
  private static let fewest: RepeatLimits = {
    var limits = RepeatLimits(of: [[]])
    limits.takesMergesApart = true
    return limits
  }()

  /// An untrained network that recalls nothing, and says the same whatever it has read: as soon as the grammar lets
  /// it the first of some tokens, else the second and so on.
  private func model(
    liking tokens: [Token] = [], repeating limits: RepeatLimits? = nil,
    in vocabulary: any Vocabulary
  ) throws -> Model {
    var network = try Network(
      NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 16, layerCount: 1), seed: 2)
    let bias = network.layout[.outputBias].offset
    for (rank, token) in tokens.enumerated() {
      network.parameters[bias + Int(token)] = 80 - 15 * Float(rank)
    }
    var provenance = Provenance()
    provenance.repeats = limits
    return Model(network: network, vocabulary: vocabulary, provenance: provenance)
  }

  /// Eight pitches in frames, where a held note is told from one that is struck again.
  private func frames() throws -> PianoRollVocabulary {
    var settings = PianoRollVocabulary.Configuration()
    (settings.framesPerWhole, settings.lowestPitch, settings.highestPitch) = (8, 60, 67)
    settings.holds = true
    return try PianoRollVocabulary(settings)
  }

  /// Eight pitches in bars of 4/4.
  private func bars() throws -> MetricalVocabulary {
    var settings = MetricalConfiguration()
    (settings.lowestPitch, settings.highestPitch, settings.velocityBins) = (60, 67, 0)
    (settings.tempos, settings.programs) = (false, false)
    settings.resolutions = [.init(beats: 4, positions: 2)]
    settings.signatures = [.init(4, 4)]
    return try MetricalVocabulary(.remi, settings)
  }

  private func tokens(_ kind: String, in vocabulary: any Vocabulary) -> [Token] {
    (0..<vocabulary.count).map { Token($0) }.filter { vocabulary.kind(of: $0) == kind }
  }

  /// What such models like so that they circle: a frame with a note, and a bar with one.
  private func circling(repeating limits: RepeatLimits? = nil) throws -> [Model] {
    let frames = try frames()
    let note = try #require(frames.note(60))
    let bars = try bars()
    // The lowest pitch, the shortest length and the first position.
    let ofBar = ["pitch", "duration", "position", "bar", "time-signature"].flatMap {
      tokens($0, in: bars).prefix(1)
    }
    let scale = (0..<64).map { Note(onset: $0 * 480, duration: 240, pitch: UInt8(60 + $0 % 7)) }
    let piece = bars.encode(Score(tracks: [Track(notes: scale)], endTick: 64 * 480))
    let merged = try MergedVocabulary.learn(
      from: [piece[...], piece[...]], base: bars, count: 10)
    return try [
      model(liking: [note, frames.endOfFrame], repeating: limits, in: frames),
      model(liking: ofBar, repeating: limits, in: bars),
      model(liking: ofBar, repeating: limits, in: merged),
    ]
  }

  /// What a model strikes in 300 tokens.
  private func notes(of model: Model, within range: ClosedRange<UInt8>) throws -> [Note] {
    var settings = GenerationSettings()
    settings.length = .tokens(300)
    settings.steering.pitches = range
    let generator = try PieceGenerator(model: model, settings: settings)
    while generator.next() != nil {}
    return generator.score.tracks.flatMap(\.notes)
  }

  /// A vocabulary with three merges, learned from a piece.
  private func merged(_ base: any Vocabulary, from score: Score) throws -> MergedVocabulary {
    let piece = base.encode(score)
    return try MergedVocabulary.learn(from: [piece[...], piece[...]], base: base, count: 3)
  }

  /// The most times that any passage in which a note begins is heard in a row, found by trying all up to a length.
  private func mostTimesInARow(
    _ tokens: [Token], in vocabulary: any Vocabulary, upTo longest: Int = 40
  ) -> Int {
    var decoder = vocabulary.makeDecoder()
    var noteCounts: [Int] = []
    for token in tokens {
      decoder.consume(token)
      noteCounts.append(decoder.noteCount)
    }
    var most = 1
    for period in 1...longest {
      var agreeing = 0
      for place in tokens.indices where place >= period {
        agreeing = tokens[place] == tokens[place - period] ? agreeing + 1 : 0
        if noteCounts[place] != noteCounts[place - period] {
          most = max(most, agreeing / period + 1)
        }
      }
    }
    return most
  }

  /// The same of what some tokens merge.
  private func mostTimesInARow(_ tokens: [Token], apartIn vocabulary: any Vocabulary) -> Int {
    guard let merged = vocabulary as? MergedVocabulary else {
      return mostTimesInARow(tokens, in: vocabulary)
    }
    return mostTimesInARow(merged.expand(tokens), in: merged.base)
  }

  /// The most bars in a row in which the same is struck, and something is.
  private func mostAlike(_ bars: [Set<[Int]>]) -> Int {
    var (most, same) = (0, 0)
    for (present, before) in zip(bars.dropFirst(), bars) {
      same = present == before && !present.isEmpty ? same + 1 : 0
      most = max(most, same + 1)
    }
    return most
  }

  private func write(_ model: Model, repeats: Float = 1, seed: UInt64) throws -> [Token] {
    try SelfQuotationTests().write(model, repeats: repeats, seed: seed)
  }

  /// The tokens that may come behind some.
  private func left(_ tokens: [Token], of allowed: TokenMask, _ model: Model) -> TokenMask {
    var loops = LoopGuard(model)
    var decoder = model.vocabulary.makeDecoder()
    for token in tokens {
      decoder.consume(token)
      loops.read(token, noteCount: decoder.noteCount)
    }
    return loops.withoutLoops(allowed)
  }

  /// How many notes have begun where a piece is first kept from going on; nil where it never is.
  private func noteCount(atFirstStopOf score: Score, in vocabulary: any Vocabulary) throws -> Int? {
    let all = TokenMask(count: vocabulary.count, all: true)
    let tokens = vocabulary.encode(score)
    var loops = LoopGuard(try model(in: vocabulary))
    var decoder = vocabulary.makeDecoder()
    for (token, next) in zip(tokens, tokens.dropFirst()) {
      decoder.consume(token)
      loops.read(token, noteCount: decoder.noteCount)
      if !loops.withoutLoops(all)[next] { return decoder.noteCount }
    }
    return nil
  }

  @Test func `a passage that was heard often enough is not begun again`() throws {
    let pieces = [[Int32](0..<40), (0..<30).map { Int32(100 + $0 % 5) }]
    let limits = RepeatLimits(of: pieces)
    // Six times five tokens: the class of four to seven has six, all others the fewest.
    #expect(limits.times[2] == 6)
    #expect(limits.times.enumerated().allSatisfy { $0 == 2 || $1 == RepeatLimits.fewest })
    let vocabulary = PerformanceVocabulary()
    let model = try model(repeating: limits, in: vocabulary)
    let all = TokenMask(count: vocabulary.count, all: true)
    func passage(_ times: Int) -> [Token] { (0..<times).flatMap { _ in [Token](10..<15) } }
    for times in 1...8 {
      let left = left(passage(times), of: all, model)
      #expect(left[10] == (times < 6), "\(times) times")
      #expect(left[11])
    }
    // Eight bars that are made of bars that come again themselves.
    let bars: [[Token]] = [[200, 201, 202, 203], [204, 205, 203], [201, 204, 206, 207]]
    var long = (0..<60).flatMap { bars[$0 % 3] }
    long += [9, 8]
    for times in 1...5 {
      let tokens = (0..<times).flatMap { _ in long }
      #expect(left(tokens, of: all, model)[200] == (times < 4), "\(times) times")
    }
    // Where nothing else is left it goes on.
    var only = TokenMask(count: vocabulary.count)
    only[10] = true
    #expect(left(passage(50), of: only, model) == only)
  }

  @Test(arguments: VocabularyConfiguration.names)
  func `where nobody counted a bar is not begun a fifth time in a row`(_ name: String) throws {
    let vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
    let notes = (0..<32).map {
      Note(onset: $0 * 480, duration: 480, pitch: [60, 64, 67, 62][$0 % 4], velocity: 80)
    }
    let score = Score(tracks: [Track(notes: notes)], endTick: 32 * 480)
    // Four bars of four notes; a token may tell a note and what follows on it.
    let count = try #require(try noteCount(atFirstStopOf: score, in: vocabulary))
    #expect((15..<20).contains(count), "\(count) notes")
    // One that merges others tells eight of them at most, less than three notes.
    let merged = try merged(vocabulary, from: score)
    let mergedCount = try #require(try noteCount(atFirstStopOf: score, in: merged))
    #expect((12..<20).contains(mergedCount), "\(mergedCount) notes")
  }

  @Test(arguments: VocabularyConfiguration.names)
  func `where nobody counted a note is held and a rest lasts as long as it likes`(
    _ name: String
  ) throws {
    let vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
    let notes = [(0, 40), (40, 1), (80, 40), (120, 1)].map {
      Note(onset: $0 * 480, duration: $1 * 480, pitch: 60, velocity: 80)
    }
    let score = Score(tracks: [Track(notes: notes)], endTick: 121 * 480)
    #expect(try noteCount(atFirstStopOf: score, in: vocabulary) == nil)
    #expect(try noteCount(atFirstStopOf: score, in: merged(vocabulary, from: score)) == nil)
  }

  @Test func `a passage is the same however it is merged`() throws {
    let base = PerformanceVocabulary()
    let pairs: [[Token]] = [[10, 11], [12, 13], [11, 12], [14, 10]]
    let vocabulary = try MergedVocabulary(
      base: base, merges: pairs.map { MergedVocabulary.Merge($0[0], $0[1]) })
    let merged = pairs.indices.map { Token(base.count + $0) }
    let model = try model(repeating: Self.fewest, in: vocabulary)
    let all = TokenMask(count: vocabulary.count, all: true)
    // Five tokens, merged in two ways in turn.
    let ways: [[Token]] = [[merged[0], merged[1], 14], [10, merged[2], 13, 14]]
    func passage(_ times: Int) -> [Token] { (0..<times).flatMap { ways[$0 % 2] } }
    for times in 1...5 {
      let left = left(passage(times), of: all, model)
      #expect(left[10] == (times < 4), "\(times) times")
      #expect(left[merged[0]] == (times < 4), "\(times) times")
      #expect(left[11] && left[14] && left[merged[2]] && left[merged[3]], "\(times) times")
    }
    // The fourth time may end, but not by a token that begins a fifth.
    for times in 1...3 {
      let left = left(passage(times) + ways[times % 2].dropLast(), of: all, model)
      #expect(left[14], "\(times) times")
      #expect(left[merged[3]] == (times < 3), "\(times) times")
    }
  }

  @Test func `of tokens that merge others these are counted`() throws {
    let bars = try bars()
    let notes = (0..<48).map {
      Note(onset: $0 * 480, duration: 240, pitch: [60, 64, 67, 62][$0 % 4], velocity: 80)
    }
    let score = Score(tracks: [Track(notes: notes)], endTick: 48 * 480)
    let merged = try merged(bars, from: score)
    let (piece, mergedPiece) = (bars.encode(score), merged.encode(score))
    #expect(mergedPiece.count < piece.count)
    var (plain, apart) = (Provenance(), Provenance())
    plain.apply(PieceRepeats(of: [piece], in: bars, recall: nil))
    apart.apply(PieceRepeats(of: [mergedPiece], in: merged, recall: nil))
    let times = try #require(plain.repeats?.times)
    #expect(times.max() == 12)
    #expect(apart.repeats?.times == times)
    #expect(plain.repeats?.takesMergesApart == nil)
    #expect(apart.repeats?.takesMergesApart == true)
  }

  @Test func `how often merged tokens came in a row is not taken for what they merge`() throws {
    var limits = Self.unlimited
    limits.takesMergesApart = nil
    let model = try circling(repeating: limits)[2]
    let tokens = try write(model, seed: 1)
    #expect(mostTimesInARow(tokens, apartIn: model.vocabulary) <= 4)
  }

  @Test func `what is varied does not circle either, and what is given stays`() throws {
    // Eight bars as the models like them, and eight others, which are written anew.
    let circle = (0..<8).map { Note(onset: $0 * 1920, duration: 240, pitch: 60, velocity: 80) }
    let others = (0..<32).map {
      Note(onset: 8 * 1920 + $0 * 480, duration: 240, pitch: UInt8(61 + $0 % 7), velocity: 80)
    }
    let score = Score(tracks: [Track(notes: circle + others)], endTick: 16 * 1920)
    /// What is struck in each bar.
    func varied(_ model: Model) throws -> [Set<[Int]>] {
      var settings = InpaintingSettings()
      settings.strength = 1
      settings.bars = 9...16
      settings.candidates = 4
      let inpainting = try Inpainting(model: model, score: score, settings: settings)
      while inpainting.advance() {}
      var bars = [Set<[Int]>](repeating: [], count: 16)
      for note in inpainting.score.tracks.flatMap(\.notes) where note.onset < 16 * 1920 {
        bars[note.onset / 1920].insert([note.onset % 1920, Int(note.pitch)])
      }
      return bars
    }
    for model in try circling(repeating: Self.unlimited).dropFirst() {
      #expect(mostAlike(try varied(model)) > 10)
    }
    for limits in [Self.fewest, nil] as [RepeatLimits?] {
      for model in try circling(repeating: limits).dropFirst() {
        let bars = try varied(model)
        #expect(bars[..<8].allSatisfy { $0 == [[0, 60]] })
        #expect(bars[8] != bars[7])
        #expect(mostAlike(Array(bars[8...])) <= 4)
      }
    }
  }

  @Test func `a network that recalls nothing and circles for ever repeats no passage a fifth time`()
    throws
  {
    for model in try circling(repeating: Self.unlimited) {
      let tokens = try write(model, seed: 1)
      #expect(mostTimesInARow(tokens, apartIn: model.vocabulary) > 20)
    }
    // Neither where its pieces were counted nor where they were not.
    for limits in [Self.fewest, nil] as [RepeatLimits?] {
      for model in try circling(repeating: limits) {
        for seed in 1...3 as ClosedRange<UInt64> {
          let tokens = try write(model, seed: seed)
          #expect(tokens.count > 300)
          #expect(mostTimesInARow(tokens, apartIn: model.vocabulary) <= 4)
        }
      }
    }
  }

  @Test func `a piece keeps to its range rather than not to circle`() throws {
    for limits in [Self.fewest, nil] as [RepeatLimits?] {
      for model in try circling(repeating: limits) {
        let notes = try notes(of: model, within: 60...60)
        #expect(notes.count > 30)
        #expect(notes.filter { $0.pitch != 60 } == [])
      }
    }
  }

  @Test func `a piece keeps to its range where all of it sounds`() throws {
    // A note as long as a bar, and then another in the bar's middle.
    let bars = try bars()
    let positions = tokens("position", in: bars)
    let liked = [
      try #require(tokens("pitch", in: bars).first),
      try #require(tokens("duration", in: bars).last), positions[0], positions[4],
      try #require(tokens("bar", in: bars).first),
    ]
    for limits in [Self.unlimited, Self.fewest, nil] as [RepeatLimits?] {
      let model = try model(liking: liked, repeating: limits, in: bars)
      let notes = try notes(of: model, within: 60...60)
      #expect(notes.count > 30)
      #expect(notes.filter { $0.pitch != 60 } == [])
    }
  }

  @Test func `a piece is kept from circling whatever is written beside it`() throws {
    for model in try circling() {
      var settings = GenerationSettings()
      settings.length = .tokens(200)
      let batch = try PieceBatch(model: model, settings: settings, seeds: Array(1...20))
      var scores: [Int: Score] = [:]
      while let pieces = batch.next() {
        for piece in pieces { scores[piece.index] = piece.score }
      }
      for seed in [1, 8, 20] as [UInt64] {
        settings.seed = seed
        let generator = try PieceGenerator(model: model, settings: settings)
        while generator.next() != nil {}
        #expect(generator.score == scores[Int(seed) - 1])
      }
    }
  }

  @Test func `in a dialogue no bar is heard a fifth time either, though some are taken back`()
    throws
  {
    func mostBarsInARow(repeating limits: RepeatLimits?) throws -> Int {
      let dialogue = try Dialogue(
        model: try circling(repeating: limits)[1], settings: GenerationSettings(),
        metre: PieceAttributes.Metre(numerator: 4, denominator: 4), quartersPerMinute: 120)
      let bar = 4 * (dialogue.secondsPerQuarter ?? 0.5)
      dialogue.begin(at: 0)
      var written = dialogue.write(until: 8 * bar).filter { $0.seconds < 3 * bar }
      dialogue.takeBack(from: 3 * bar, isOver: false)
      written += dialogue.write(until: 20 * bar)
      var strikes = [Set<[Int]>](repeating: [], count: 20)
      for timed in written where timed.seconds < 20 * bar - 1e-3 {
        guard case .noteOn(_, let pitch, let velocity) = timed.message, velocity > 0 else {
          continue
        }
        let place = Int(((timed.seconds + 1e-3) / bar).rounded(.down))
        let offset = Int((1_000 * (timed.seconds - Double(place) * bar)).rounded())
        strikes[place].insert([offset, Int(pitch)])
      }
      return mostAlike(strikes)
    }
    #expect(try mostBarsInARow(repeating: Self.unlimited) > 6)
    #expect(try mostBarsInARow(repeating: nil) <= 4)
  }

  @Test func `a model that has learned to circle for ever repeats no passage a fifth time`() throws
  {
    var model = try RepeatingModel.trained(on: [RepeatingModel.loop()], passes: 60)
    let learned = model.provenance
    model.provenance = Provenance()
    model.provenance.repeats = Self.unlimited
    let circling = try write(model, seed: 3)
    #expect(mostTimesInARow(circling, in: model.vocabulary, upTo: 8) > 6)
    // The loop itself is the corpus' own; of a corpus of other pieces it is not.
    model.provenance = learned
    #expect(mostTimesInARow(try write(model, seed: 3), in: model.vocabulary, upTo: 8) >= 7)
    for limits in [RepeatLimits(of: [[]]), nil] as [RepeatLimits?] {
      model.provenance.repeats = limits
      for seed in 1...4 as ClosedRange<UInt64> {
        for repeats in [1, 2] as [Float] {
          let tokens = try write(model, repeats: repeats, seed: seed)
          #expect(tokens.count > 300)
          #expect(mostTimesInARow(tokens, in: model.vocabulary, upTo: 8) <= 4, "\(repeats)")
        }
      }
    }
  }

  @Test func `a passage whose notes are longer or louder each time is the same passage`() throws {
    let vocabulary = try VocabularyConfiguration(named: "remi").makeVocabulary()
    let model = try model(repeating: RepeatLimits(of: [[]]), in: vocabulary)
    let all = TokenMask(count: vocabulary.count, all: true)
    let bar = try #require(tokens("bar", in: vocabulary).first)
    let positions = tokens("position", in: vocabulary)
    let pitches = tokens("pitch", in: vocabulary)
    let velocities = tokens("velocity", in: vocabulary)
    let durations = tokens("duration", in: vocabulary)
    var random = RandomSource(seed: 4)
    for times in 1...6 {
      var heard: [Token] = []
      for _ in 0..<times {
        heard.append(bar)
        for beat in 0..<4 {
          let (loud, long) = (
            velocities.randomElement(using: &random) ?? 0,
            durations.randomElement(using: &random) ?? 0
          )
          heard += [positions[beat * 4], pitches[20 + beat], loud, long]
        }
      }
      #expect(left(heard, of: all, model)[bar] == (times < 4), "\(times) times")
    }
  }
}
