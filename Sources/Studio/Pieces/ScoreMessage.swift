import MuseGen

/// A piece as the page draws and plays it.
struct ScoreMessage: Encodable {
  struct Part: Encodable {
    var name: String
    var isDrums: Bool
    /// For each note its onset, duration, pitch and velocity; times in ticks.
    var notes: [[Int]]
  }

  /// Ticks in a quarter note; nil where the piece is in time code.
  var ticksPerQuarter: Int?
  var endTick: Int
  var seconds: Double
  /// Where tempos change: tick, second, and seconds in a tick from there on.
  var tempos: [[Double]]
  /// Where the bars begin that the piece has, in ticks; none in time code.
  var bars: [Int]
  /// Where metres change: tick, beats in a bar, note value of a beat.
  var metres: [[Int]]
  var tracks: [Part]

  /// The most bar lines that are told.
  private static let mostBars = 20_000

  init(_ score: Score) {
    if case .ticksPerQuarter(let ticks) = score.division { ticksPerQuarter = Int(ticks) }
    endTick = score.endTick
    seconds = score.duration
    let map = score.tempoMap
    let changes = [0] + score.tempos.map(\.tick).filter { $0 > 0 }
    tempos = changes.map { tick in
      let start = map.seconds(atTick: tick)
      return [Double(tick), start, map.secondsPerTick(from: tick)]
    }
    let count = min(score.barCount ?? 0, Self.mostBars)
    bars = score.metreMap.map { metre in (0..<count).map(metre.tick(ofBar:)) } ?? []
    metres = score.timeSignatures.map { [$0.tick, $0.numerator, $0.denominator] }
    let programs = ChannelPrograms(score)
    tracks = score.tracks.map { track in
      let played = programs.programs(of: track).first ?? 0
      return Part(
        name: track.isDrums
          ? "Drums" : track.name.isEmpty ? GeneralMIDI.name(ofProgram: played) : track.name,
        isDrums: track.isDrums,
        notes: track.notes.map { [$0.onset, $0.duration, Int($0.pitch), Int($0.velocity)] })
    }
  }
}

extension TempoMap {
  /// How long a tick is from one on.
  fileprivate func secondsPerTick(from tick: Int) -> Double {
    seconds(atTick: tick + 1) - seconds(atTick: tick)
  }
}
