import Foundation
import Music
import Recurrent
import Tokenization

/// What a musician would name at each event of a piece, and a cell of a network may follow.
public enum MusicalFeature: String, Codable, CaseIterable, Sendable {
  /// Where in the beat.
  case beat
  /// Where in the bar.
  case bar
  /// Where in the phrase of four bars.
  case phrase
  /// Which pitch classes have sounded in the last bars: the key, or the harmony.
  case key
  /// Whether the last events stood in the piece before.
  case `repeat`
  /// How high the last note was.
  case pitch
  /// How much of the piece is over.
  case place

  /// The feature in words.
  public var summary: String {
    switch self {
    case .beat: "place in the beat"
    case .bar: "place in the bar"
    case .phrase: "place in four bars"
    case .key: "pitch classes of the last bars"
    case .repeat: "being in a repeat"
    case .pitch: "pitch of the last note"
    case .place: "how much of the piece is over"
    }
  }

  /// How many events must have stood in the piece before to be called a repeat.
  static let repeatLength = 8
}

/// A piece's events with their times and features.
struct FeatureTrack {
  /// When each event is read, in seconds; never falling.
  let seconds: [Double]
  /// The columns of each feature that changes in the piece, [T] each: two for a circle, twelve for
  /// pitch classes, else one.
  let columns: [MusicalFeature: [[Float]]]

  /// Reads a piece.
  ///
  /// - Parameters:
  ///   - tokens: its tokens.
  ///   - vocabulary: their vocabulary.
  /// - Complexity: O(n) for n tokens, but for a logarithm of the number of tempo changes.
  init(_ tokens: [Token], _ vocabulary: any Vocabulary) {
    var decoder = vocabulary.makeDecoder()
    seconds = tokens.map { token in
      decoder.consume(token)
      return decoder.settledSeconds
    }
    decoder.finish()
    let score = decoder.score
    let tempo = score.tempoMap
    let ticks = seconds.map { tempo.tick(atSeconds: $0) }
    var columns: [MusicalFeature: [[Float]]] = [:]
    if let metre = score.metreMap {
      let bars = ticks.map { metre.barsPassed(at: $0) }
      columns[.bar] = Self.circle(bars)
      columns[.phrase] = Self.circle(bars.map { $0 / 4 })
      columns[.beat] = Self.circle(ticks.map(metre.shareOfBeat))
    }
    columns[.place] = [tokens.indices.map { Float($0) / Float(max(1, tokens.count - 1)) }]
    columns[.repeat] = [Self.repeats(tokens, vocabulary)]
    let strikes = Self.strikes(of: tokens, vocabulary)
    columns[.pitch] = [Self.lastPitches(strikes)]
    columns[.key] = Self.pitchClasses(strikes, seconds)
    // A feature that never changes cannot be followed.
    self.columns = columns.filter {
      $0.value.contains { column in column.contains { $0 != column[0] } }
    }
  }

  private static func circle(_ turns: [Double]) -> [[Float]] {
    [
      turns.map { Float(cos(2 * .pi * $0)) }, turns.map { Float(sin(2 * .pi * $0)) },
    ]
  }

  private static func repeats(_ tokens: [Token], _ vocabulary: any Vocabulary) -> [Float] {
    var memory = PieceMemory(
      Recall(lengths: [MusicalFeature.repeatLength]), vocabularySize: vocabulary.count)
    return tokens.map { token in
      memory.read(Int32(token))
      return memory.candidate == nil ? 0 : 1
    }
  }

  /// The pitches that each event strikes, drums left out.
  private static func strikes(of tokens: [Token], _ vocabulary: any Vocabulary) -> [[UInt8]] {
    let strikesDrumsAsPitches = vocabulary.strikesDrumsAsPitches
    var strikesDrums = false
    return tokens.map { token in
      var pitches: [UInt8] = []
      for event in vocabulary.events(of: token) {
        switch event {
        case .program(let program): strikesDrums = strikesDrumsAsPitches && program >= 128
        case .note(let pitch) where !strikesDrums: pitches.append(pitch)
        default: continue
        }
      }
      return pitches
    }
  }

  private static func lastPitches(_ strikes: [[UInt8]]) -> [Float] {
    var pitch = strikes.lazy.flatMap { $0 }.first ?? 60
    return strikes.map { strikes in
      pitch = strikes.last ?? pitch
      return Float(pitch)
    }
  }

  // Each strike counts for less the longer it is ago: by a factor e every four seconds.
  private static func pitchClasses(_ strikes: [[UInt8]], _ seconds: [Double]) -> [[Float]] {
    var weights = [Double](repeating: 0, count: 12)
    var columns = [[Float]](repeating: [], count: 12)
    var last = 0.0
    for (strikes, now) in zip(strikes, seconds) {
      let kept = exp((last - now) / 4)
      last = now
      for pitchClass in 0..<12 { weights[pitchClass] *= kept }
      for pitch in strikes { weights[Int(pitch) % 12] += 1 }
      let total = max(weights.reduce(0, +), 1e-9)
      for pitchClass in 0..<12 { columns[pitchClass].append(Float(weights[pitchClass] / total)) }
    }
    return columns
  }
}

extension MetreMap {
  /// How much of its beat has passed at a tick, 0 to 1.
  fileprivate func shareOfBeat(at tick: Int) -> Double {
    var beat = position(at: tick)
    let passed = beat.tick
    beat.tick = 0
    let start = self.tick(of: beat)
    beat.beat += 1
    return Double(passed) / Double(max(1, self.tick(of: beat) - start))
  }
}
