import FileStorage
import Foundation
import MuseGen

/// What `musegen info` tells of one file, as JSON too.
struct FileInfo: Encodable {
  var path: String
  /// The file's size; of a tune among several that of its text.
  var bytes: Int
  /// What the file holds instead of MIDI: MusicXML or ABC.
  var notation: String?
  /// The format of a MIDI file.
  var format: Int?
  /// What a tick is: of a MIDI file its own, of another the one in which it is told here.
  var division: String
  var title: String
  var seconds: Double
  /// Where the music ends, if that is more than ten seconds before the file does.
  var musicSeconds: Double?
  /// How many notes are struck after a day, which no vocabulary tells.
  var notesAfterFirstDay: Int
  var ticks: Int
  var notes: Int
  var lowestPitch: Int?
  var highestPitch: Int?
  var highestPolyphony: Int
  /// None in time code, where tempo events mean nothing.
  var tempo: Tempo?
  var timeSignatures: [Placed]
  var keySignatures: [Placed]
  var likelyKey: String?
  /// None unless it is asked for.
  var form: FormInfo?
  var lyrics: Int
  var tracks: [TrackInfo]
  var warnings: [Warning]
  var omittedWarnings: Int

  private static let day = 86_400.0

  /// Tempos in quarter notes a minute.
  struct Tempo: Encodable {
    var first: Double
    var slowest: Double
    var fastest: Double
    var changes: Int
  }

  /// A signature and where it stands.
  struct Placed: Encodable {
    var tick: Int
    var name: String
  }

  struct TrackInfo: Encodable {
    var name: String
    /// Counted from 1, as musicians do.
    var channel: Int
    /// Counted from 1; none for the first.
    var port: Int?
    var isDrums: Bool
    var programs: [Program]
    var notes: Int
    var lowestPitch: Int?
    var highestPitch: Int?
  }

  struct Program: Encodable {
    /// Counted from 0, as in the bytes.
    var number: Int
    var name: String
  }

  struct Warning: Encodable {
    /// Counted from 1; none where it belongs to no track.
    var track: Int?
    /// Where it stands in a MIDI file; none in an ABC file.
    var byte: Int?
    /// The line of an ABC file, from 1.
    var line: Int?
    /// The character of the line, from 1.
    var character: Int?
    var fault: String
    var repair: String?

    /// Where it stands in words: `byte 12, track 2`, or `line 7, character 5`.
    var place: String {
      let parts = [
        byte.map { "byte \($0)" }, line.map { "line \($0)" },
        character.map { "character \($0)" }, track.map { "track \($0)" },
      ]
      return parts.compactMap { $0 }.joined(separator: ", ")
    }
  }

  init(path: String, piece: PieceFile, file: MIDIFile, score: Score) {
    let statistics = PieceStatistics(score)
    self.path = path
    notation = piece.notation?.rawValue
    let source = PieceSource(path)
    bytes = (source.isABC && source.tune == nil ? fileSize(at: source.file) : nil) ?? piece.size
    format = notation == nil ? Int(file.format.rawValue) : nil
    division =
      switch file.division {
      case .ticksPerQuarter(let ticks): "\(ticks) ticks a quarter note"
      case .timeCode(let frames, let ticks): "\(frames) frames a second, \(ticks) ticks a frame"
      }
    title = score.title.onOneLine
    let map = score.tempoMap
    seconds = map.seconds(atTick: score.endTick)
    if score.trimmingSilentEnd().endTick < score.endTick {
      musicSeconds = map.seconds(atTick: score.soundingEnd)
    }
    notesAfterFirstDay =
      seconds > Self.day
      ? score.tracks.lazy.flatMap(\.notes).count { map.seconds(atTick: $0.onset) > Self.day } : 0
    ticks = score.endTick
    notes = statistics.noteCount
    lowestPitch = statistics.lowestPitch
    highestPitch = statistics.highestPitch
    highestPolyphony = score.highestPolyphony
    tempo = Tempo(score)
    timeSignatures = score.timeSignatures.map {
      Placed(tick: $0.tick, name: "\($0.numerator)/\($0.denominator)")
    }
    keySignatures = score.keySignatures.map { Placed(tick: $0.tick, name: $0.name) }
    likelyKey = statistics.key?.description
    lyrics = score.lyrics.count
    let programs = ChannelPrograms(score)
    tracks = score.tracks.map { TrackInfo($0, programs: programs.programs(of: $0)) }
    let faults = piece.faults.map {
      Warning(line: $0.line, character: $0.character, fault: $0.reason)
    }
    warnings =
      faults
      + file.warnings.map {
        Warning(
          track: $0.track.map { $0 + 1 }, byte: $0.offset, fault: $0.reason.description,
          repair: $0.repair)
      }
    omittedWarnings = file.omittedWarnings
  }
}

extension FileInfo.Tempo {
  init?(_ score: Score) {
    guard case .ticksPerQuarter = score.division else { return nil }
    let all = score.tempos.map(\.quartersPerMinute)
    // 120 quarter notes a minute hold before the first tempo.
    let startsLate = (score.tempos.first?.tick ?? 1) > 0
    let tempos = (startsLate ? [120] : []) + all
    first = tempos[0]
    slowest = tempos.min() ?? first
    fastest = tempos.max() ?? first
    changes = zip(tempos, tempos.dropFirst()).count { $0 != $1 }
  }
}

extension FileInfo.TrackInfo {
  init(_ track: Track, programs: [UInt8]) {
    name = track.name.onOneLine
    channel = Int(track.channel) + 1
    port = track.port > 0 ? Int(track.port) + 1 : nil
    isDrums = track.isDrums
    self.programs = programs.map {
      FileInfo.Program(
        number: Int($0), name: track.isDrums ? "drum kit" : GeneralMIDI.name(ofProgram: $0))
    }
    notes = track.notes.count
    lowestPitch = track.notes.map { Int($0.pitch) }.min()
    highestPitch = track.notes.map { Int($0.pitch) }.max()
  }
}
