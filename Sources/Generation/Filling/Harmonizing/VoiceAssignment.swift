/// Frames of pitches dealt out to voices, which move as little as they can without crossing.
struct VoiceAssignment: Sendable {
  /// A pitch that sounds in a frame.
  struct Tone: Hashable, Sendable {
    var pitch: Int
    /// Whether it goes on from the frame before.
    var isHeld: Bool
  }
  /// A note of a voice, in frames.
  struct Note: Hashable, Sendable {
    var frames: Range<Int>
    var pitch: Int
  }

  /// The notes of each voice, from the highest voice to the lowest.
  private(set) var voices: [[Note]]
  /// The pitch that each voice sang last: it is drawn there.
  private var places: [Int]
  private var frame = 0

  /// Creates voices that have sung nothing.
  ///
  /// - Parameter places: where each voice lies, from the highest to the lowest.
  init(places: [Int]) {
    self.places = places
    voices = places.map { _ in [] }
  }

  /// Deals out one frame; tones beyond the number of voices, from the lowest, are left out.
  ///
  /// - Parameter tones: from the highest to the lowest.
  mutating func append(_ tones: [Tone]) {
    let tones = Array(tones.prefix(voices.count))
    for (tone, voice) in zip(tones, assignment(of: tones)) {
      let last = voices[voice].last
      if tone.isHeld, let last, last.frames.upperBound == frame, last.pitch == tone.pitch {
        voices[voice][voices[voice].count - 1].frames = last.frames.lowerBound..<frame + 1
      } else {
        voices[voice].append(Note(frames: frame..<frame + 1, pitch: tone.pitch))
      }
      places[voice] = tone.pitch
    }
    frame += 1
  }

  /// The voice of each tone: in order, and of least cost by dynamic programming.
  private func assignment(of tones: [Tone]) -> [Int] {
    guard !tones.isEmpty else { return [] }
    let impossible = Int.max / 4
    // least[t][v]: the least cost of the first t tones in the first v voices.
    var least = [[Int]](
      repeating: [Int](repeating: impossible, count: voices.count + 1), count: tones.count + 1)
    least[0] = [Int](repeating: 0, count: voices.count + 1)
    for tone in 1...tones.count {
      for voice in tone...voices.count {
        let used = least[tone - 1][voice - 1] + cost(of: tones[tone - 1], in: voice - 1)
        least[tone][voice] = min(least[tone][voice - 1], used)
      }
    }
    var result: [Int] = []
    var voice = voices.count
    for tone in (1...tones.count).reversed() {
      while least[tone][voice - 1] == least[tone][voice] { voice -= 1 }
      voice -= 1
      result.append(voice)
    }
    return result.reversed()
  }

  /// How far the voice would move, and far more where it would break a held note.
  private func cost(of tone: Tone, in voice: Int) -> Int {
    let sang = voices[voice].last.map { $0.frames.upperBound == frame ? $0.pitch : -1 } ?? -1
    return abs(tone.pitch - places[voice]) + (tone.isHeld && sang != tone.pitch ? 1000 : 0)
  }
}
