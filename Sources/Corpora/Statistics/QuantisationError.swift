public import Music
import StandardMIDIFile
public import Tokenization

/// How far a vocabulary's grid moves the notes of a corpus.
public struct QuantisationError: Hashable, Sendable {
  /// How many notes the files have.
  public private(set) var noteCount = 0
  /// How many of them the vocabulary leaves out or joins with others: other programs, pitches out of
  /// range, unisons, and, in a piano roll without holds, notes that touch.
  public private(set) var leftOut = 0
  /// The mean distance of an onset from its place in the file, in milliseconds.
  public var meanMilliseconds: Double { total / Double(max(1, noteCount - leftOut)) }
  /// The largest distance in milliseconds.
  public private(set) var largestMilliseconds = 0.0

  private var total = 0.0

  /// Reads the files of a corpus again and quantises them.
  ///
  /// Silence is left out as in the corpus. A note of the quantised score is compared with the nearest of its pitch in the file, on the
  /// file's own clock, so that a tempo told in coarse steps does not count as moved notes.
  ///
  /// - Parameters:
  ///   - corpus: the corpus; pieces whose files are gone are left out.
  ///   - threads: how many files to work on at once; nil for one a core.
  /// - Throws: `CancellationError` where the task is cancelled before all are read.
  public init(_ corpus: Corpus, threads: Int? = nil) throws(CancellationError) {
    let errors = try mapScores(at: corpus.pieces.map(\.path), threads: threads) { _, score in
      QuantisationError(score.leavingOutSilence().score, vocabulary: corpus.vocabulary)
    }.results
    self.init()
    for error in errors {
      noteCount += error.noteCount
      leftOut += error.leftOut
      total += error.total
      largestMilliseconds = max(largestMilliseconds, error.largestMilliseconds)
    }
  }

  private init() {}

  /// Quantises a score and compares.
  ///
  /// - Parameters:
  ///   - score: the score.
  ///   - vocabulary: the vocabulary.
  public init(_ score: Score, vocabulary: any Vocabulary) {
    let quantised = vocabulary.quantise(score)
    let onsets = Onsets(score, clock: score.tempoMap)
    // A metrical grid keeps beats, not seconds: its ticks are put on the file's clock.
    let isMetrical =
      if case .performance = vocabulary.configuration.plain { false } else { true }
    let ratio = isMetrical ? Self.ratio(score, quantised) : nil
    let moved =
      ratio.map { Onsets(quantised, clock: score.tempoMap, ticksRatio: $0) }
      ?? Onsets(quantised, clock: quantised.tempoMap)
    noteCount = onsets.count
    leftOut = max(0, onsets.count - moved.count)
    // A sum depends on its order in the last digits.
    for (key, places) in moved.places.sorted(by: { $0.key < $1.key }) {
      for place in places {
        guard let distance = onsets.distance(from: place, key: key) else { continue }
        total += distance * 1_000
        largestMilliseconds = max(largestMilliseconds, distance * 1_000)
      }
    }
  }

  /// How many of a score's ticks a tick of its quantised form is; nil for time code, which has no
  /// beats to keep.
  private static func ratio(_ score: Score, _ quantised: Score) -> Double? {
    guard case .ticksPerQuarter(let ticks) = score.division,
      case .ticksPerQuarter(let grid) = quantised.division
    else { return nil }
    return Double(ticks) / Double(max(1, grid))
  }
}

/// The onsets of each pitch in seconds; drums apart.
private struct Onsets {
  var places: [Int: [Double]] = [:]

  init(_ score: Score, clock: TempoMap, ticksRatio: Double = 1) {
    for track in score.tracks {
      for note in track.notes where note.velocity > 0 {
        let tick = Int((Double(note.onset) * ticksRatio).rounded())
        places[(track.isDrums ? 128 : 0) + Int(note.pitch), default: []]
          .append(clock.seconds(atTick: tick))
      }
    }
    for key in places.keys { places[key]?.sort() }
  }

  var count: Int { places.values.reduce(0) { $0 + $1.count } }

  func distance(from seconds: Double, key: Int) -> Double? {
    guard let list = places[key], !list.isEmpty else { return nil }
    let index = list.partitioningIndex { $0 >= seconds }
    return min(
      index < list.count ? list[index] - seconds : .infinity,
      index > 0 ? seconds - list[index - 1] : .infinity)
  }
}
