public import Music

/// What can be counted in a piece: enough to tell music from noise at a glance.
public struct PieceStatistics: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The number of notes, drums included.
  public var noteCount: Int
  /// The length in seconds.
  public var seconds: Double
  /// Notes struck a second.
  public var density: Double
  /// The lowest pitch, drums left out; nil where there is none.
  public var lowestPitch: Int?
  /// The highest pitch, drums left out; nil where there is none.
  public var highestPitch: Int?
  /// How many notes sound at once while any does, drums left out.
  public var meanPolyphony: Double
  /// The share of sounding time of each pitch class, C to B, drums left out; all 0 where none sounds.
  public var pitchClasses: [Double]
  /// The likeliest key, of several in turn that of most bars; nil where nothing sounds.
  public var key: Key?

  /// Counts in a score.
  ///
  /// - Complexity: O(n log n) for n notes.
  public init(_ score: Score) {
    let tempoMap = score.tempoMap
    seconds = tempoMap.seconds(atTick: score.endTick)
    noteCount = score.tracks.reduce(0) { $0 + $1.notes.count }
    density = seconds > 0 ? Double(noteCount) / seconds : 0

    let notes = score.tracks.filter { !$0.isDrums }.flatMap(\.notes)
    lowestPitch = notes.map { Int($0.pitch) }.min()
    highestPitch = notes.map { Int($0.pitch) }.max()
    var edges: [(seconds: Double, change: Int)] = []
    for note in notes {
      let onset = tempoMap.seconds(atTick: note.onset)
      let end = tempoMap.seconds(atTick: note.end)
      edges.append((onset, 1))
      edges.append((end, -1))
    }
    edges.sort { ($0.seconds, $0.change) < ($1.seconds, $1.change) }
    var sounding = 0
    var last = 0.0
    var busySeconds = 0.0
    for edge in edges {
      if sounding > 0 { busySeconds += edge.seconds - last }
      sounding += edge.change
      last = edge.seconds
    }
    let weights = score.pitchClassSeconds
    let total = weights.reduce(0, +)
    meanPolyphony = busySeconds > 0 ? total / busySeconds : 0
    pitchClasses = total > 0 ? weights.map { $0 / total } : weights
    // In time code, which has no bars, the whole piece has one key.
    key =
      KeyPlan(score).map(\.key)
      ?? KeyEstimate(pitchClasses: weights, profile: .kostkaPayne)?.key
  }

  /// One line, such as `412 notes in 61.2 s, 6.7 a second, C2 to G6, about G major`.
  public var description: String {
    var text =
      "\(noteCount) \(noteCount == 1 ? "note" : "notes") in \(tenths(seconds)) s, \(tenths(density)) a second"
    if let lowestPitch, let highestPitch {
      text += ", \(Pitch(lowestPitch)) to \(Pitch(highestPitch))"
    }
    if let key { text += ", about \(key)" }
    return text
  }
}

private func tenths(_ value: Double) -> String {
  // A file may claim a length of centuries.
  let scaled = Int(min(value * 10, 1e15).rounded())
  return "\(scaled / 10).\(scaled % 10)"
}
