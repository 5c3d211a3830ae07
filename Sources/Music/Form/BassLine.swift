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
}
