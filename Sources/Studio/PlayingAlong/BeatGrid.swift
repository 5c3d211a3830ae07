import MuseGen

/// The bars and beats of playing along, of one tempo and metre, from the first beat of the count-in.
struct BeatGrid: Sendable {
  /// The ticks of a quarter note.
  static let quarter = 480
  /// The tempos that are played in, in quarter notes a minute.
  static let tempos = 30.0...300.0

  let tempo: TempoChange
  let metre: TimeSignature

  /// Makes a grid.
  ///
  /// - Parameters:
  ///   - tempo: quarter notes a minute.
  ///   - metre: such as `6/8`.
  /// - Throws: ``OrderError`` where it cannot be counted.
  init(tempo: Double, metre: String) throws(OrderError) {
    guard Self.tempos ~= tempo else {
      throw OrderError("tempo is \(tempo), expected 30 to 300")
    }
    let parts = metre.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let beats = parts[0], let value = parts[1], 1...16 ~= beats,
      [2, 4, 8, 16].contains(value)
    else {
      throw OrderError(
        "metre is \"\(metre)\", expected 1 to 16 halves, quarters, eighths or sixteenths a bar")
    }
    self.tempo = TempoChange(tick: 0, quartersPerMinute: tempo)
    self.metre = TimeSignature(tick: 0, numerator: beats, denominator: value)
  }

  /// The ticks of a beat and of a bar.
  var beat: Int { 4 * Self.quarter / metre.denominator }
  var bar: Int { beat * metre.numerator }

  private var secondsPerTick: Double {
    Double(tempo.microsecondsPerQuarter) / 1e6 / Double(Self.quarter)
  }

  /// When a tick is, in seconds.
  func seconds(of tick: Int) -> Double { Double(tick) * secondsPerTick }

  /// The tick nearest to a time.
  func tick(at seconds: Double) -> Int { max(0, Int((seconds / secondsPerTick).rounded())) }

  /// The first bar line that is not before a time.
  func barLine(from seconds: Double) -> Int {
    let tick = Int((seconds / secondsPerTick).rounded(.up))
    return (max(0, tick) + bar - 1) / bar * bar
  }
}
