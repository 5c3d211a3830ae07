import MuseGen

/// The pieces of new music that a listener has heard and can go back to, and the one that is heard now.
struct PieceHistory {
  private var pieces: [GenerationSettings]
  private var place = 0
  /// Whether the present piece was heard before.
  private(set) var isReplayed = false

  /// How many pieces can be gone back to.
  private static let mostPieces = 1_000

  /// Begins with a piece.
  init(_ settings: GenerationSettings) { pieces = [settings] }

  /// What is asked for of the present piece, with what was changed on the way when it was heard.
  var present: GenerationSettings { pieces[place] }

  /// Whether a piece that was heard comes after the present one.
  var hasNext: Bool { place + 1 < pieces.count }

  /// Notes what was changed of the present piece on the way.
  mutating func note(_ changes: [SamplingChange]) { pieces[place].changes = changes }

  /// Sets the temperature with which the present piece begins.
  mutating func setTemperature(_ temperature: Float?) {
    if let temperature { pieces[place].sampling.temperature = temperature }
  }

  /// Goes to another piece.
  mutating func follow(_ step: PlayerStep) {
    let last = present
    isReplayed = true
    switch step {
    case .back: place = max(0, place - 1)
    case .next:
      if hasNext { place += 1 } else { append(after: last, seed: last.seed &+ 1) }
    case .discard:
      pieces.remove(at: place)
      if place == pieces.count { append(after: last, seed: last.seed &+ 1) }
    case .reseed: append(after: last, seed: .random(in: 1..<1_000_000))
    }
  }

  private mutating func append(after last: GenerationSettings, seed: UInt64) {
    var piece = last
    (piece.seed, piece.changes) = (seed, [])
    if pieces.count >= Self.mostPieces { pieces.removeFirst() }
    pieces.append(piece)
    place = pieces.count - 1
    isReplayed = false
  }
}
