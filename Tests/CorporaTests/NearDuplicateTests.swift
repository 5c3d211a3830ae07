import Foundation
import Music
import StandardMIDIFile
import TestSupport
import Testing
import Tokenization

@testable import Corpora

/// Pieces that are nearly the same, and that they never stand on both sides of a split.
@Suite struct NearDuplicateTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func tune(
    _ count: Int, channel: UInt8 = 0, voices: Int = 1,
    _ random: inout some RandomNumberGenerator
  ) -> Score {
    var tick = 0
    let notes = (0..<count).flatMap { _ in
      let length = [240, 240, 480, 720].randomElement(using: &random) ?? 240
      defer { tick += length }
      return (0..<voices).map { voice in
        let low = UInt8(40 + 12 * voice)
        return Note(
          onset: tick, duration: length, pitch: .random(in: low...low + 11, using: &random))
      }
    }
    return Score(tracks: [Track(channel: channel, notes: notes)], endTick: tick)
  }

  /// A tune whose voices are tracks of their own.
  private func parts(_ count: Int, _ random: inout some RandomNumberGenerator) -> Score {
    var score = tune(count, &random)
    for number in 1...2 {
      var voice = tune(count, &random).tracks[0]
      voice.channel = UInt8(number)
      for index in voice.notes.indices { voice.notes[index].pitch -= UInt8(6 * number) }
      score.tracks.append(voice)
      score.endTick = max(score.endTick, voice.notes.last?.end ?? 0)
    }
    return score
  }

  /// A score changed in ways that leave it nearly what it was.
  private func variant(
    of score: Score, _ way: Int, _ random: inout some RandomNumberGenerator
  ) -> Score {
    var score = score
    func change(_ body: (inout Note) -> Void) {
      for track in score.tracks.indices {
        for index in score.tracks[track].notes.indices { body(&score.tracks[track].notes[index]) }
      }
    }
    let isDrums = score.tracks[0].isDrums
    switch way {
    case 0 where !isDrums: change { $0.pitch += 5 }
    case 1 where !isDrums: change { $0.pitch += 12 }
    case 2:
      score.tempos = [TempoChange(tick: 0, microsecondsPerQuarter: 731_000)]
    case 3:
      change {
        $0.onset *= 2
        $0.duration *= 2
      }
      score.endTick *= 2
    case 4:
      // A note left out.
      score.tracks[0].notes.remove(
        at: .random(in: 1..<score.tracks[0].notes.count - 1, using: &random))
    case 5:
      // The second half first.
      let half = score.endTick / 2
      let end = score.endTick
      change { $0.onset += $0.onset < half ? end - half : -half }
      for track in score.tracks.indices {
        score.tracks[track].notes.sort { $0.onset < $1.onset }
      }
    case 9 where score.tracks.count > 1:
      score.tracks.remove(at: .random(in: score.tracks.indices, using: &random))
    case 10:
      // A drone beneath.
      let notes = stride(from: 0, to: score.endTick, by: 480).map {
        Note(onset: $0, duration: 480, pitch: 30)
      }
      score.tracks.append(Track(channel: 8, notes: notes))
    case 11 where score.tracks[0].notes.count >= 200:
      // A quarter of it.
      let from = Int.random(in: 0...score.endTick * 3 / 4, using: &random)
      let quarter = from..<from + score.endTick / 4 + 1
      for track in score.tracks.indices {
        score.tracks[track].notes.removeAll { !quarter.contains($0.onset) }
      }
      change { $0.onset -= from }
      score.endTick /= 4
    default:
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        let index = Int.random(in: score.tracks[0].notes.indices, using: &random)
        score.tracks[0].notes[index].pitch ^= 1
      }
      change { $0.velocity = 71 }
    }
    return score
  }

  @Test(arguments: 0..<UInt64(6))
  func `nothing that is nearly the same stands on both sides, whatever is held out`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    var tuneOfFile: [String: Int] = [:]
    let places = ["a", "a/b", "c", "d"]
    for number in 0..<16 {
      let count = Int.random(in: number % 4 == 0 ? 240...400 : 20...70, using: &random)
      let score =
        number % 3 == 1
        ? parts(count, &random) : tune(count, voices: number % 3 == 0 ? 3 : 1, &random)
      for copy in 0..<Int.random(in: 1...4, using: &random) {
        let place = places.randomElement(using: &random) ?? "a"
        let name = "\(place)/\(copy)-\(number).mid"
        let way = Int.random(in: 0...11, using: &random)
        let written = copy == 0 ? score : variant(of: score, way, &random)
        try folder.write(name, written.midiFile().bytes())
        tuneOfFile[name] = number
      }
    }
    let sources = try MIDIFileFinder().find([folder.path]).pieces
    let corpus = try Corpus(pieces: sources, vocabulary: PerformanceVocabulary(), threads: 2)
    func file(_ piece: Int) -> String {
      String(corpus.pieces[piece].path.dropFirst(folder.path.count + 1))
    }
    func tunes(_ pieces: [Int]) -> Set<Int> { Set(pieces.compactMap { tuneOfFile[file($0)] }) }
    for group in corpus.nearDuplicates { #expect(tunes(group).count == 1) }
    #expect(corpus.pieces.count == tuneOfFile.count)

    let list = [folder.path + "/" + file(0), folder.path + "/" + file(corpus.pieces.count - 1)]
    let choices: [HeldOut] =
      (1...9).map { HeldOut.fraction(Double($0) * 0.1) }
      + [
        .named([folder.path + "/a"]), .named([folder.path + "/a/b"]), .named([list[0]]),
        .named(list), .named([folder.path + "/c", list[0]]),
      ].filter { choice in
        choice.names.allSatisfy { name in
          corpus.pieces.contains { $0.path == name || $0.path.hasPrefix(name + "/") }
        }
      }
    for heldOut in choices {
      let split = try corpus.split(heldOut)
      #expect(tunes(split.train).isDisjoint(with: tunes(split.valid)), "\(heldOut)")
      #expect(tunes(split.leftOut).isSubset(of: tunes(split.valid)), "\(heldOut)")
      #expect(
        (split.train + split.valid + split.leftOut).sorted() == Array(corpus.pieces.indices))
      #expect(split.nearTraining.isEmpty)
      if heldOut.names.isEmpty { #expect(split.leftOut.isEmpty) }
    }
    // A pattern finds pieces by its own.
    let pattern = folder.path + "/**/1-*.mid"
    if tuneOfFile.keys.contains(where: { $0.contains("/1-") }) {
      let found = try MIDIFileFinder().find([folder.path, pattern])
      let corpus = try Corpus(
        pieces: found.pieces, vocabulary: PerformanceVocabulary(), threads: 2)
      let split = try corpus.split(.named([pattern]))
      #expect(Set(split.valid.map(file)) == Set(tuneOfFile.keys.filter { $0.contains("/1-") }))
      #expect(tunes(split.train).isDisjoint(with: tunes(split.valid)))
    }
  }

  @Test func `two folders named side by side stay as they are, and what is in both is told`() throws
  {
    var random = SeededGenerator(seed: 5)
    let score = tune(40, &random)
    try folder.write("train/a.mid", score.midiFile().bytes())
    try folder.write("train/b.mid", tune(40, &random).midiFile().bytes())
    try folder.write("valid/c.mid", variant(of: score, 8, &random).midiFile().bytes())
    try folder.write("valid/d.mid", tune(40, &random).midiFile().bytes())
    let names = ["train", "valid"].map { folder.path + "/" + $0 }
    let found = try MIDIFileFinder().find(names)
    let corpus = try Corpus(pieces: found.pieces, vocabulary: PerformanceVocabulary(), threads: 1)
    let split = try corpus.split(.named([names[1]]))
    #expect(split == Split(train: [0, 1], valid: [2, 3], nearTraining: [2]))
    #expect(corpus.piece(like: 2, among: split.train) == 0)
    // A pattern asks for these very pieces: what is like them leaves.
    let pattern = folder.path + "/valid/*.mid"
    let other = try Corpus(
      pieces: try MIDIFileFinder().find([names[0], pattern]).pieces,
      vocabulary: PerformanceVocabulary(), threads: 1)
    #expect(try other.split(.named([pattern])) == Split(train: [1], valid: [2, 3], leftOut: [0]))
  }

  @Test func `exact copies alone are kept together where that is asked for`() throws {
    var random = SeededGenerator(seed: 2)
    for number in 0..<30 {
      let score = tune(40, &random)
      try folder.write("\(number).mid", score.midiFile().bytes())
      try folder.write("\(number)-near.mid", variant(of: score, 8, &random).midiFile().bytes())
    }
    let corpus = try Corpus(
      paths: try MIDIFileFinder().findPieces(in: [folder.path]),
      vocabulary: PerformanceVocabulary(), threads: 2)
    let exact = try corpus.split(.fraction(0.4), keepingTogether: .exact)
    let isHeldOut = Set(exact.valid)
    #expect(corpus.nearDuplicates.count == 30)
    #expect(corpus.nearDuplicates.contains { Set($0.map(isHeldOut.contains)).count == 2 })
  }

  @Test func `a kept corpus tells near-duplicates as one that is read`() throws {
    var random = SeededGenerator(seed: 8)
    let score = tune(30, &random)
    try folder.write("a.mid", score.midiFile().bytes())
    try folder.write("b.mid", variant(of: score, 8, &random).midiFile().bytes())
    let cache = CorpusCache(folder: folder.path + "/cache")
    let paths = try MIDIFileFinder().findPieces(in: [folder.path])
    let read = try Corpus(paths: paths, vocabulary: PerformanceVocabulary(), cache: cache)
    let kept = try Corpus(paths: paths, vocabulary: PerformanceVocabulary(), cache: cache)
    #expect(kept.pieces == read.pieces)
    #expect(kept.nearDuplicates == [[0, 1]])
  }

  @Test func `drums are compared where there is nothing else`() {
    var random = SeededGenerator(seed: 9)
    let beat = tune(40, channel: 9, &random)
    var song = tune(40, &random)
    song.tracks.append(beat.tracks[0])
    let scores = [beat, variant(of: beat, 8, &random), tune(40, channel: 9, &random), song]
    #expect(NearDuplicates(scores.map { PieceLines(of: $0) }).groups == [0, 0, 2, 3])
  }

  @Test(arguments: 9...11) func `a voice dropped, a drone and a quarter are found in every piece`(
    way: Int
  ) {
    var random = SeededGenerator(seed: UInt64(way))
    let scores = (0..<12).map { _ in parts(240, &random) }
    let all = scores + scores.map { variant(of: $0, way, &random) }
    #expect(NearDuplicates(all.map { PieceLines(of: $0) }).groups == (0..<24).map { $0 % 12 })
  }

  @Test func `a melody is found under another accompaniment, and a common ostinato is no likeness`()
  {
    var random = SeededGenerator(seed: 12)
    let figure: [UInt8] = [36, 43, 40, 43, 36, 45, 41, 45]
    func accompanied(_ melody: Score, by figure: [UInt8]) -> Score {
      var score = melody
      let notes = stride(from: 0, to: melody.endTick, by: 120).enumerated().map { number, tick in
        Note(onset: tick, duration: 120, pitch: figure[number % figure.count])
      }
      score.tracks.append(Track(channel: 3, notes: notes))
      return score
    }
    let melody = tune(50, &random)
    let scores = [
      melody, accompanied(melody, by: figure), accompanied(tune(50, &random), by: figure),
      accompanied(tune(60, &random), by: figure), accompanied(melody, by: [36, 38, 41]),
    ]
    let voices = scores.map { PieceLines(whole: [], voices: PieceLines(of: $0).voices) }
    #expect(NearDuplicates(voices).groups == [0, 0, 2, 3, 0])
  }

  @Test func `the voices of a piece are no more than its notes`() {
    var random = SeededGenerator(seed: 13)
    var score = tune(30, &random)
    let line = PieceLines(of: score)
    #expect(line.whole.count == 29 && line.voices == line.whole)
    // Doubled in every channel, and a voice of its own.
    for channel in UInt8(1)...7 {
      score.tracks.append(Track(channel: channel, notes: score.tracks[0].notes))
    }
    #expect(PieceLines(of: score) == line)
    score.tracks.append(tune(20, channel: 8, &random).tracks[0])
    let two = PieceLines(of: score)
    #expect(two.voices.count == 29 + 1 + 19 && two.voices[29] == PieceLines.joint)
  }

  /// Groups of pieces of one voice.
  private func groups(_ lines: [[Int16]]) -> NearDuplicates {
    NearDuplicates(lines.map { PieceLines(whole: $0, voices: $0) })
  }

  /// Steps of an octave's intervals and a few rhythms.
  private func steps(_ count: Int, _ random: inout some RandomNumberGenerator) -> [Int16] {
    (0..<count).map { _ in
      Int16(127 * 19) + Int16.random(in: -7...7, using: &random) * 19
        + Int16.random(in: 7...11, using: &random)
    }
  }

  @Test func `ten thousand small pieces are told apart in steps that grow as their notes do`() {
    func count(_ pieces: Int) -> Int {
      var random = SeededGenerator(seed: 3)
      var lines = (0..<pieces).map { _ in steps(40, &random) }
      // Every tenth is the one before but for a note; all have the same cadence.
      for index in lines.indices {
        if index % 10 == 9 {
          lines[index] = lines[index - 1]
          lines[index][20] += 19
          lines[index][21] -= 19
        }
        lines[index].replaceSubrange(30..., with: lines[0][30...])
      }
      let near = groups(lines)
      #expect(Set(near.groups).count == pieces - pieces / 10)
      return near.steps
    }
    let (few, many) = (count(2_500), count(10_000))
    #expect(Double(many) < 4.4 * Double(few))
  }

  @Test func `of a collection too large for all fingerprints the lowest find the same pieces`() {
    var random = SeededGenerator(seed: 14)
    let scores = (0..<60).map { _ in tune(400, &random) }
    let all = scores + (0..<60).map { variant(of: scores[$0], $0 % 9, &random) }
    let lines = all.map { PieceLines(of: $0) }
    let counts = lines.map { ($0.whole.count, $0.voices.count) }
    let whole = NearDuplicates(lines).groups
    #expect(Set(whole).count < 70)
    for threads in [1, 3] {
      let thinned = NearDuplicates(stepCounts: counts, threads: threads, mostMarks: 2_000) {
        lines[$0]
      }
      #expect(thinned.groups == whole)
    }
  }

  @Test func `a note struck a million times over is looked at once`() {
    let same = Int16(127 * 19 + 9)
    let near = groups([
      [Int16](repeating: same, count: 1_000_000), [Int16](repeating: same, count: 999_990),
      [Int16](repeating: same, count: 30),
    ])
    #expect(near.groups == [0, 0, 2])
    #expect(near.steps < 10_000_000)
  }

  @Test func `a thousand variants of one piece are one group, found in as many steps`() {
    func count(_ pieces: Int) -> Int {
      var random = SeededGenerator(seed: 4)
      let first = steps(100, &random)
      let near = groups(
        (0..<pieces).map { index in
          var line = first
          line[index % 99] += 19
          line[index % 99 + 1] -= 19
          return line
        })
      #expect(Set(near.groups) == [0])
      return near.steps
    }
    #expect(Double(count(1_000)) < 4.6 * Double(count(250)))
  }

  @Test(arguments: [(8, 7), (12, 10), (20, 18), (24, 20), (40, 24), (1_000, 600)])
  func `of short pieces more has to be shared`(_ notes: Int, _ least: Int) {
    #expect(NearDuplicates.least(of: notes) == least)
  }

  @Test func `what speaks for lines is added up for each, however many they are`() {
    withEvery(seed: 0..<20) { generator in
      var weights = LineWeights()
      var expected: [Int: [Int]] = [:]
      let lines = [1, 10, 1_000, 1 << 40].randomElement(using: &generator) ?? 1
      for _ in 0..<2_000 {
        let line = Int.random(in: 0..<lines, using: &generator)
        let rarity = Int.random(in: 1...1 << 31, using: &generator)
        weights.add(rarity, to: line)
        let before = expected[line] ?? [0, 0]
        expected[line] = [before[0] + rarity, before[1] + 1]
      }
      var found: [Int: [Int]] = [:]
      for weight in weights.weights { found[weight.line] = [weight.sum, weight.count] }
      #expect(weights.weights.count == found.count)
      #expect(found == expected)
    }
  }
}
