import Music
import StandardMIDIFile

/// Music made to hurt, as much of it as is asked for.
struct HurtfulMusic: Sendable {
  /// What it is.
  let name: String
  /// Makes a score of n parts.
  let make: @Sendable (_ n: Int) -> Score

  private init(_ name: String, make: @escaping @Sendable (Int) -> Score) {
    self.name = name
    self.make = make
  }

  private static func score(_ notes: [Note], end: Int) -> Score {
    Score(tracks: [Track(notes: notes)], endTick: end)
  }

  /// All kinds, each of n notes, changes or tracks.
  static let all: [HurtfulMusic] = [
    HurtfulMusic("a melody") { n in
      score(
        (0..<n).map { Note(onset: 120 * $0, duration: 110, pitch: UInt8(48 + $0 * 7 % 36)) },
        end: 120 * n)
    },
    HurtfulMusic("tracks of a note each") { n in
      Score(
        tracks: (0..<n).map { index in
          Track(
            channel: UInt8(index % 16),
            notes: [Note(onset: 60 * index, duration: 50, pitch: UInt8(40 + index % 40))])
        }, endTick: 60 * n)
    },
    HurtfulMusic("notes that are never released") { n in
      score(
        (0..<n).map { Note(onset: 60 * $0, duration: 60 * (n - $0), pitch: UInt8(30 + $0 % 60)) },
        end: 60 * n)
    },
    HurtfulMusic("notes of one pitch that all sound to the end") { n in
      score(
        (0..<n).map { Note(onset: 60 * $0, duration: 60 * (n - $0), pitch: 60) }, end: 60 * n)
    },
    HurtfulMusic("a tempo change on every tick") { n in
      var piece = score(
        (0..<n).map { Note(onset: $0, duration: 1, pitch: UInt8(30 + $0 % 60)) }, end: n)
      piece.tempos = (0..<n).map {
        TempoChange(tick: $0, microsecondsPerQuarter: 400_000 + $0 % 7 * 50_000)
      }
      return piece
    },
    HurtfulMusic("a change of metre on every tick") { n in
      var piece = score(
        (0..<n).map { Note(onset: 480 * $0, duration: 1, pitch: UInt8(30 + $0 % 60)) }, end: 480 * n
      )
      piece.timeSignatures = (0..<n).map {
        TimeSignature(tick: 480 * $0, numerator: 2 + $0 % 3, denominator: 4)
      }
      return piece
    },
    HurtfulMusic("notes on one tick") { n in
      score(
        (0..<n).map { Note(onset: 0, duration: 480, pitch: UInt8($0 % 128)) }.sorted {
          $0.pitch < $1.pitch
        }, end: 480)
    },
    HurtfulMusic("programs and pedals on every tick") { n in
      let notes = (0..<n).map { Note(onset: $0, duration: 2, pitch: UInt8(30 + $0 % 60)) }
      let messages = (0..<n).flatMap { index in
        [
          TrackMessage(tick: index, kind: .program(UInt8(index % 128))),
          TrackMessage(
            tick: index, kind: .control(controller: 64, value: index % 2 == 0 ? 127 : 0)),
        ]
      }
      return Score(tracks: [Track(notes: notes, messages: messages)], endTick: n)
    },
    HurtfulMusic("programs and pedals on one tick, in every track") { n in
      Score(
        tracks: (0..<n).map { index in
          Track(
            channel: UInt8(index % 16), notes: [Note(onset: 0, duration: 480, pitch: 60)],
            messages: [
              TrackMessage(tick: 0, kind: .program(UInt8(index % 128))),
              TrackMessage(tick: 0, kind: .control(controller: 64, value: 127)),
            ])
        }, endTick: 480)
    },
    HurtfulMusic("silence") { n in
      // 20,000 parts are a day at 120 a minute.
      score(
        [
          Note(onset: 0, duration: 480, pitch: 60),
          Note(onset: n * 4147, duration: 480, pitch: 62),
        ], end: n * 4147 + 480)
    },
    HurtfulMusic("texts of a letter") { n in
      var piece = score([Note(onset: 0, duration: 480, pitch: 60)], end: 480)
      piece.texts = (0..<n).map { _ in TextEvent(tick: 0, kind: .marker, text: "a") }
      piece.tracks[0].texts = (0..<n).map { TextEvent(tick: $0 % 480, kind: .lyric, text: "a") }
        .sorted { $0.tick < $1.tick }
      return piece
    },
  ]
}
