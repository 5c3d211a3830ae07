import Music
import Tokenization

/// Turns frames of tokens into a given voice and the voices around it, a track each.
struct VoicesWriter {
  private let given: GivenVoice
  private let voice: HarmonizationSettings.Voice
  private let vocabulary: PianoRollVocabulary
  /// The tones of each frame but the given one, from the highest.
  private var frames: [[VoiceAssignment.Tone]] = []

  init(
    given: GivenVoice, voice: HarmonizationSettings.Voice, vocabulary: PianoRollVocabulary
  ) {
    self.given = given
    self.voice = voice
    self.vocabulary = vocabulary
  }

  /// Takes tokens of whole frames.
  mutating func append(_ tokens: [Token]) {
    let melody = given.frames
    var before: Set<Int> = []
    var tones: [VoiceAssignment.Tone] = []
    for token in tokens {
      if let pitch = vocabulary.pitch(of: token) {
        // Without hold tokens a pitch goes on where it sounded.
        let isHeld =
          vocabulary.settings.holds ? token == vocabulary.hold(pitch) : before.contains(pitch)
        tones.append(VoiceAssignment.Tone(pitch: pitch, isHeld: isHeld))
      } else if token == vocabulary.endOfFrame {
        before = Set(tones.map(\.pitch))
        let melodyPitch = frames.count < melody.count ? melody[frames.count]?.pitch : nil
        tones.removeAll { $0.pitch == melodyPitch }
        frames.append(tones.sorted { $0.pitch > $1.pitch })
        tones = []
      }
    }
  }

  /// The tracks, from the highest voice to the lowest.
  ///
  /// - Parameters:
  ///   - melody: the given voice, in ticks.
  ///   - words: its texts.
  ///   - name: its name.
  ///   - program: what plays all voices.
  ///   - grid: where the frames are among the ticks.
  /// - Returns: the tracks that have notes.
  func tracks(
    melody: [Note], words: [TextEvent], named name: String, program: UInt8, grid: FrameGrid
  ) -> [Track] {
    let most = frames.map(\.count).max() ?? 0
    // Fifteen channels play pitches; the melody has one of them.
    let count = min(max(most, voice == .any ? 1 : 3), 14)
    var assignment = VoiceAssignment(
      places: places(count), further: further(count), hasBass: voice == .soprano)
    for tones in frames.tellingUndercut() { assignment.append(tones) }

    let names = names(count)
    let velocity = accompanyingVelocity
    var tracks = zip(names, assignment.voices).map { name, notes in
      track(
        name, program: program,
        notes: notes.map { note in
          let onset = grid.tick(ofFrame: note.frames.lowerBound)
          return Note(
            onset: onset, duration: grid.tick(ofFrame: note.frames.upperBound) - onset,
            pitch: UInt8(note.pitch), velocity: velocity)
        })
    }
    tracks.insert(
      track(name, program: program, notes: melody, texts: words),
      at: voice == .bass ? tracks.count : 0)
    for index in tracks.indices { tracks[index].channel = UInt8(index < 9 ? index : index + 1) }
    return tracks.filter { !$0.notes.isEmpty }
  }

  private func track(
    _ name: String, program: UInt8, notes: [Note], texts: [TextEvent] = []
  ) -> Track {
    Track(
      name: name, notes: notes, messages: [TrackMessage(tick: 0, kind: .program(program))],
      texts: texts)
  }

  /// The other voices stand back a little behind the melody.
  private var accompanyingVelocity: UInt8 {
    let sum = given.notes.reduce(0) { $0 + Int($1.velocity) }
    return UInt8(max(1, min(127, sum * 4 / 5 / max(1, given.notes.count))))
  }

  private func names(_ count: Int) -> [String] {
    let known: [String] =
      switch voice {
      case .soprano: ["alto", "tenor", "bass"]
      case .bass: ["soprano", "alto", "tenor"]
      case .any: []
      }
    var names = (0..<count).map { $0 < known.count ? known[$0] : "voice \($0 + 2)" }
    // The lowest line is the bass, however many voices there are.
    if voice == .soprano { names.append(names.remove(at: 2)) }
    return names
  }

  /// The voices, of so many, that sing only where four do not suffice.
  private func further(_ count: Int) -> Range<Int> {
    switch voice {
    case .soprano: 2..<count - 1
    case .bass: 3..<count
    case .any: count..<count
    }
  }

  /// Where voices begin: spread over what a frame with all but the further ones sounds like, else over the staves.
  private func places(_ count: Int) -> [Int] {
    let further = further(count)
    let usual = count - further.count
    let top = voice == .bass ? 72 : 64
    var places =
      frames.first { $0.count == usual }?.map(\.pitch)
      ?? (0..<usual).map { max(0, top - 7 * $0) }
    let middle = further.isEmpty ? 0 : places[further.lowerBound - 1]
    places.insert(
      contentsOf: repeatElement(middle, count: further.count), at: further.lowerBound)
    return places
  }
}

/// Frames of pitches dealt out to voices, which move as little as they can without crossing.
struct VoiceAssignment: Sendable {
  /// A pitch that sounds in a frame.
  struct Tone: Hashable, Sendable {
    var pitch: Int
    /// Whether it goes on from the frame before.
    var isHeld: Bool
    /// Whether something lower sounds before it ends.
    var isUndercut = false
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
  /// The voices that begin a note only where there are more tones than other voices.
  private let further: Range<Int>
  /// Whether the last voice is the bass.
  private let hasBass: Bool
  private var frame = 0

  /// Creates voices that have sung nothing.
  ///
  /// - Parameters:
  ///   - places: where each voice lies, from the highest to the lowest.
  ///   - further: the voices that begin a note only where the others do not suffice.
  ///   - hasBass: whether the last voice is the bass, which sings nothing that is not the lowest to its end.
  init(places: [Int], further: Range<Int>, hasBass: Bool) {
    self.places = places
    self.further = further
    self.hasBass = hasBass
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

  /// How far the voice would move; more where it is a further one or a bass that would not stay the lowest, and far
  /// more where it would break a held note.
  private func cost(of tone: Tone, in voice: Int) -> Int {
    let sang = voices[voice].last.map { $0.frames.upperBound == frame ? $0.pitch : -1 } ?? -1
    if tone.isHeld, sang == tone.pitch { return 0 }
    var cost = abs(tone.pitch - places[voice]) + (tone.isHeld ? 1_000_000 : 0)
    if further.contains(voice) { cost += 2_000 }
    if hasBass, tone.isUndercut, voice == voices.count - 1 { cost += 50_000 }
    return cost
  }
}

extension [[VoiceAssignment.Tone]] {
  /// The frames, each tone of which knows whether something lower sounds before it ends.
  fileprivate func tellingUndercut() -> Self {
    var frames = self
    var undercut: Set<Int> = []
    for index in frames.indices.reversed() {
      for tone in frames[index].indices {
        let pitch = frames[index][tone].pitch
        frames[index][tone].isUndercut =
          tone < frames[index].count - 1 || undercut.contains(pitch)
      }
      undercut = Set(frames[index].lazy.filter { $0.isHeld && $0.isUndercut }.map(\.pitch))
    }
    return frames
  }
}
