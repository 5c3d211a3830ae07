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
  func tracks(named name: String, program: UInt8, frameTicks: Int) -> [Track] {
    let most = frames.map(\.count).max() ?? 0
    // Fifteen channels play pitches; the melody has one of them.
    let count = min(max(most, voice == .any ? 1 : 3), 14)
    var assignment = VoiceAssignment(places: places(count))
    for tones in frames { assignment.append(tones) }

    let names = names(count)
    let velocity = accompanyingVelocity
    var tracks = zip(names, assignment.voices).map { name, notes in
      track(
        name, program: UInt8(min(vocabulary.settings.program, 127)),
        notes: notes.map { ($0.frames, $0.pitch, velocity) }, frameTicks: frameTicks)
    }
    let melody = track(
      name, program: program, notes: given.notes.map { ($0.frames, $0.pitch, $0.velocity) },
      frameTicks: frameTicks)
    tracks.insert(melody, at: voice == .bass ? tracks.count : 0)
    for index in tracks.indices { tracks[index].channel = UInt8(index < 9 ? index : index + 1) }
    return tracks.filter { !$0.notes.isEmpty }
  }

  private func track(
    _ name: String, program: UInt8, notes: [(Range<Int>, Int, UInt8)], frameTicks: Int
  ) -> Track {
    Track(
      name: name,
      notes: notes.map { frames, pitch, velocity in
        Note(
          onset: frames.lowerBound * frameTicks, duration: frames.count * frameTicks,
          pitch: UInt8(pitch), velocity: velocity)
      }, messages: [TrackMessage(tick: 0, kind: .program(program))])
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
    return (0..<count).map { $0 < known.count ? known[$0] : "voice \($0 + 2)" }
  }

  /// Where voices begin: spread over what a frame with all of them sounds like, else over the staves.
  private func places(_ count: Int) -> [Int] {
    if let full = frames.first(where: { $0.count >= count }) {
      return full.prefix(count).map(\.pitch)
    }
    let top = voice == .bass ? 72 : 64
    return (0..<count).map { max(0, top - 7 * $0) }
  }
}
