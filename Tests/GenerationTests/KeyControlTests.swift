import Generation
import Modeling
import Music
import Recurrent
import Testing
import Tokenization

/// `--key`: a tonic, and not only the notes of a scale.
struct KeyControlTests {
  /// A network of random weights, which likes all pitches about alike.
  private func model(_ name: String) throws -> Model {
    let vocabulary = try VocabularyConfiguration(named: name).makeVocabulary()
    return Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 8, hiddenSize: 40, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
  }

  private func piece(_ name: String, _ key: Key, strength: Float, seed: UInt64 = 1) throws -> Score
  {
    var settings = GenerationSettings()
    settings.length = .tokens(2_000)
    // Untrained networks let notes sound for ever, which cannot be struck again then.
    settings.longestNoteSeconds = 0.3
    settings.seed = seed
    let names = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    settings.steering.scale = Scale("\(names[key.tonic])-\(key.isMinor ? "minor" : "major")")
    settings.steering.key = key
    settings.steering.keyStrength = strength
    let generator = try PieceGenerator(model: try model(name), settings: settings)
    while generator.next() != nil {}
    return generator.score
  }

  private func pitchClasses(_ score: Score) -> [Double] {
    var counts = [Double](repeating: 0, count: 12)
    for track in score.tracks where !track.isDrums {
      for note in track.notes { counts[Int(note.pitch) % 12] += 1 }
    }
    return counts
  }

  // D minor and F major have the same notes.
  @Test(arguments: VocabularyConfiguration.names, [2, 9])
  func `a minor key and its relative major are told apart by their tonics`(
    _ name: String, _ tonic: Int
  ) throws {
    let minor = Key(tonic: tonic, isMinor: true)
    let major = Key(tonic: (tonic + 3) % 12, isMinor: false)
    for seed in 1...3 as ClosedRange<UInt64> {
      for key in [minor, major] {
        let counts = pitchClasses(try piece(name, key, strength: 2, seed: seed))
        for profile in [KeyProfile.krumhanslKessler, .kostkaPayne] {
          #expect(KeyEstimate(pitchClasses: counts, profile: profile)?.key == key)
        }
      }
    }
  }

  @Test(arguments: VocabularyConfiguration.names)
  func `the first notes belong to the tonic's chord`(_ name: String) throws {
    let score = try piece(name, Key(tonic: 2, isMinor: true), strength: 4)
    let notes = score.tracks.filter { !$0.isDrums }.flatMap(\.notes)
    let first = try #require(notes.map(\.onset).min())
    #expect(notes.filter { $0.onset == first }.allSatisfy { [2, 5, 9].contains($0.pitch % 12) })
  }

  // The first chord is the primer's then, and what sounds in it counts.
  @Test(arguments: VocabularyConfiguration.names)
  func `behind a primer nothing is held to the tonic's chord`(_ name: String) throws {
    var settings = GenerationSettings()
    settings.length = .tokens(200)
    settings.longestNoteSeconds = 0.3
    settings.steering.key = Key(tonic: 2, isMinor: true)
    settings.steering.keyStrength = 10
    settings.primer = try Score(motif: "D4 D4 F4 A4 D4 F4 A4 D4 F4 A4 D4 F4 A4 D4 F4 A4")
    let model = try model(name)
    let firsts = try (1...8 as ClosedRange<UInt64>).compactMap { seed -> UInt8? in
      settings.seed = seed
      let generator = try PieceGenerator(model: model, settings: settings)
      while generator.next() != nil {}
      let map = generator.score.tempoMap
      return generator.score.tracks.filter { !$0.isDrums }.flatMap(\.notes)
        .filter { map.seconds(atTick: $0.onset) >= generator.primerSeconds - 0.01 }
        .min { $0.onset < $1.onset }?.pitch
    }
    // So much of the chord was heard that other degrees come.
    #expect(!firsts.isEmpty)
    #expect(firsts.contains { ![2, 5, 9].contains($0 % 12) })
  }

  // Where a network likes all pitches alike, the key's own shares come out as the strength grows.
  @Test
  func `the tonic's share goes to that of the key's profile, notes outside the key only fall`()
    throws
  {
    let key = Key(tonic: 0, isMinor: false)
    func shares(_ strength: Float) throws -> [Double] {
      let counts = try (1...6).map {
        pitchClasses(try piece("performance", key, strength: strength, seed: $0))
      }.reduce([Double](repeating: 0, count: 12)) { zip($0, $1).map(+) }
      let sum = counts.reduce(0, +)
      return counts.map { $0 / sum }
    }
    let profile = KeyProfile.kostkaPayne.major
    let wanted = profile[0] / [0, 2, 4, 5, 7, 9, 11].reduce(0) { $0 + profile[$1] }
    let (free, half, full) = (try shares(0), try shares(1), try shares(9))
    #expect(free[0] < half[0] && half[0] < full[0])
    #expect(abs(half[0] - (free[0] * wanted).squareRoot()) < 0.02)
    #expect(abs(full[0] - wanted) < 0.02)
    func outside(_ shares: [Double]) -> Double { [1, 3, 6, 8, 10].reduce(0) { $0 + shares[$1] } }
    // Of six pieces' notes a dozen more or less are chance.
    #expect(outside(full) <= outside(free) + 0.015)
  }

  @Test func `a key is led to without fewer notes`() throws {
    var settings = GenerationSettings()
    settings.seconds = 60
    let model = try model("performance")
    func notes(_ key: Key?) throws -> Int {
      settings.steering.key = key
      return try (1...4 as ClosedRange<UInt64>).reduce(0) { sum, seed in
        settings.seed = seed
        let generator = try PieceGenerator(model: model, settings: settings)
        while generator.next() != nil {}
        return sum + generator.score.tracks.flatMap(\.notes).count
      }
    }
    let (free, led) = (Double(try notes(nil)), Double(try notes(Key(tonic: 5, isMinor: true))))
    #expect(abs(led / free - 1) < 0.05)
  }

  @Test func `a strength out of its range is named`() {
    var settings = GenerationSettings()
    settings.steering.keyStrength = -1
    let error = #expect(throws: GenerationError.self) { try settings.validate() }
    #expect(error?.description.hasPrefix("keyStrength") == true)
  }
}
