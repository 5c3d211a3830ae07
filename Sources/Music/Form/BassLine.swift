/// The lowest note that sounds whenever one is struck, drums left out.
public struct BassLine: Hashable, Sendable {
  /// A time at which something is struck, and the lowest pitch that sounds then.
  public struct Tone: Hashable, Sendable {
    /// The tick.
    public var tick: Int
    /// The MIDI pitch.
    public var pitch: UInt8

    /// The pitch class, 0 for C to 11 for B.
    public var pitchClass: Int { Int(pitch) % 12 }
  }

  /// The tones in order, one for each tick at which something is struck.
  public private(set) var tones: [Tone] = []

  /// Reads a piece; notes without a length do not sound.
  ///
  /// - Complexity: O(*n* log *n*) in the number of notes.
  public init(_ score: Score) {
    let onsets = score.tracks.lazy.filter { !$0.isDrums }.flatMap(\.notes)
      .filter { $0.duration > 0 }.map(\.onset)
    let line = score.tracks.skyline(isLowest: true)
    var place = line.startIndex
    for tick in Set(onsets).sorted() {
      while place < line.endIndex, line[place].end <= tick { place += 1 }
      guard place < line.endIndex else { return }
      tones.append(Tone(tick: tick, pitch: line[place].pitch))
    }
  }

  /// The last of a piece's tones, found without the others; nil where it has none.
  ///
  /// - Complexity: O(*n*) in the number of notes.
  package static func lastTone(of score: Score) -> Tone? {
    var last: Int?
    for track in score.tracks where !track.isDrums {
      for note in track.notes where note.duration > 0 { last = max(last ?? .min, note.onset) }
    }
    guard let tick = last else { return nil }
    var lowest = UInt8.max
    for track in score.tracks where !track.isDrums {
      for note in track.notes where note.duration > 0 && note.end > tick {
        lowest = min(lowest, note.pitch)
      }
    }
    return Tone(tick: tick, pitch: lowest)
  }
}
