import Music
import StandardMIDIFile

/// Turns ticks into seconds by a score's tempo changes.
struct TickClock {
  private var changes: [(tick: Int, seconds: Double, secondsPerTick: Double)] = []
  private var latest = 0

  init(_ score: Score) {
    switch score.division {
    case .timeCode(let framesPerSecond, let ticksPerFrame):
      let frames = framesPerSecond == 29 ? 30_000.0 / 1_001 : Double(framesPerSecond)
      changes = [(0, 0, 1 / (frames * Double(max(1, ticksPerFrame))))]
    case .ticksPerQuarter(let ticks):
      let quarter = Double(max(1, ticks))
      changes = [(0, 0, 0.5 / quarter)]
      for tempo in score.tempos.sorted(by: { $0.tick < $1.tick }) {
        let last = changes[changes.count - 1]
        let seconds = last.seconds + Double(tempo.tick - last.tick) * last.secondsPerTick
        let perTick = Double(tempo.microsecondsPerQuarter) / 1e6 / quarter
        if tempo.tick == last.tick { changes.removeLast() }
        changes.append((tempo.tick, seconds, perTick))
      }
    }
  }

  mutating func seconds(at tick: Int) -> Double {
    // Notes come nearly in order, so the tempo is mostly the one of the question before.
    if tick < changes[latest].tick { latest = 0 }
    while latest + 1 < changes.count, changes[latest + 1].tick <= tick { latest += 1 }
    let change = changes[latest]
    return change.seconds + Double(tick - change.tick) * change.secondsPerTick
  }
}
