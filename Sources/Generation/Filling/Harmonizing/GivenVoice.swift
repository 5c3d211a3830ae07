import Music
import StandardMIDIFile
import Tokenization

/// A melody on a vocabulary's grid: what it does in each frame.
struct GivenVoice: Sendable {
  /// A note of the melody, in frames.
  struct Note: Hashable, Sendable {
    var frames: Range<Int>
    var pitch: Int
    var velocity: UInt8
  }

  /// The melody in one frame.
  struct Frame: Hashable, Sendable {
    var pitch: Int
    var isStruck: Bool
  }

  /// The longest melody, in frames.
  static let limit = 100_000

  private(set) var notes: [Note] = []

  /// What sounds in each frame, nil in rests.
  var frames: [Frame?] {
    var frames = [Frame?](repeating: nil, count: notes.last?.frames.upperBound ?? 0)
    for note in notes {
      for frame in note.frames {
        frames[frame] = Frame(pitch: note.pitch, isStruck: frame == note.frames.lowerBound)
      }
    }
    return frames
  }

  /// The lowest and the highest pitch.
  var range: ClosedRange<Int> {
    (notes.map(\.pitch).min() ?? 0)...(notes.map(\.pitch).max() ?? 0)
  }

  /// Takes the highest notes of tracks, or the lowest; those without a length, which nobody hears, are left out.
  ///
  /// - Parameters:
  ///   - tracks: the tracks, drums among them left out.
  ///   - grid: where the frames are among their ticks.
  ///   - isLowest: whether the lowest notes are taken.
  /// - Throws: ``FillingError`` where there is no note or too many frames.
  init(_ tracks: [Track], grid: FrameGrid, isLowest: Bool) throws(FillingError) {
    let sounding = tracks.filter { !$0.isDrums }.flatMap(\.notes).filter { $0.duration > 0 }
    var played = sounding.map { note in
      let onset = min(grid.frame(nearest: note.onset), Int.max - 1)
      return Note(
        frames: onset..<max(grid.frame(nearest: note.end), onset + 1), pitch: Int(note.pitch),
        velocity: note.velocity)
    }
    guard !played.isEmpty else { throw FillingError(.noMelody) }
    let end = played.reduce(0) { max($0, $1.frames.upperBound) }
    guard end <= Self.limit else {
      throw FillingError(.length(found: end, unit: "frames", limit: Self.limit))
    }
    // What is written last into a frame is heard there; of one pitch the note struck last.
    played.sort { left, right in
      left.pitch == right.pitch
        ? left.frames.lowerBound < right.frames.lowerBound
        : (left.pitch < right.pitch) != isLowest
    }
    let heard = Self.lastToSound(played.map(\.frames), count: end)
    var start = 0
    for frame in 1...end where frame == end || heard[frame] != heard[start] {
      if heard[start] >= 0 {
        var note = played[heard[start]]
        note.frames = start..<frame
        notes.append(note)
      }
      start = frame
    }
  }

  /// The last of some ranges that holds each frame, -1 where none does.
  ///
  /// - Complexity: O(frames + ranges), but for a factor that hardly grows: each frame is written once.
  private static func lastToSound(_ ranges: [Range<Int>], count: Int) -> [Int] {
    var last = [Int](repeating: -1, count: count)
    // Where the next frame that is not written is found; the way there is halved whenever it is gone.
    var next = Array(0...count)
    func unwritten(from frame: Int) -> Int {
      var frame = frame
      while next[frame] != frame {
        next[frame] = next[next[frame]]
        frame = next[frame]
      }
      return frame
    }
    for (index, range) in ranges.enumerated().reversed() {
      var frame = unwritten(from: range.lowerBound)
      while frame < range.upperBound {
        last[frame] = index
        next[frame] = frame + 1
        frame = unwritten(from: frame + 1)
      }
    }
    return last
  }

  /// By how many semitones the melody can be moved into pitches, octaves first; nil if it cannot.
  func semitones(into pitches: ClosedRange<Int>) -> Int? {
    let least = pitches.lowerBound - range.lowerBound
    let most = pitches.upperBound - range.upperBound
    guard least <= most else { return nil }
    let choices = (least...most).sorted { (abs($0), $0) < (abs($1), $1) }
    return choices.first { $0 % 12 == 0 } ?? choices.first
  }
}
