import Music

/// Leads the bass to where phrases end: to the dominant in the fourth bar, a half cadence, and over the dominant in the
/// seventh to the tonic in the eighth, an authentic one.
///
/// A network hears that a phrase ends and does not count when. So in these bars the lowest note that is struck at a time gets likelier
/// where it is the one that is due, and less likely where it is another, by as many nats apart as the strength says. What
/// is struck above it, and in all other bars, is the model's own; where nothing sounds below a tune, nothing is led.
///
/// Bars count from the first whole one: from the second where the music begins in the latter half of the first, or the
/// first is at most half as long as the second. Where the piece is to end, wherever that is, the bass is led to the
/// tonic, twice as strongly, and four times where its time is over. In a mode that is no key, whose cadences are others,
/// that is all.
struct CadenceControl {
  /// How many bars two phrases have, which answer one another.
  private static let periodBars = 8
  /// How far above the lowest notes of late the bass may be struck, in semitones.
  private static let reach = 11

  private var tonic: Int
  private let strength: Float
  private let period: Int
  /// Whether phrases count in a form's sections, whose first bar is whole.
  private let hasForm: Bool
  /// Whether phrases are led to their ends, too, and not only the piece to its own.
  private let leadsPhrases: Bool
  /// The bar in which the first phrase begins, from the piece's start; nil until a note is struck.
  private var origin: Double?
  /// How long the bar is whose metre was told last, in whole notes; nil before one is told.
  private var barLength: Double?
  /// How urgently the piece is to end: 0 not yet, 1 about here, 2 where its time is over.
  private var urgency: Float = 0
  /// Where the piece is, in bars from its start.
  private var place = 0.0
  /// The pitch class that is due; nil in bars in which none is.
  private var goal: Int?
  /// The lowest pitch struck at the present time; nil where none has been.
  private var lowest: UInt8?
  private var register = BassRegister()
  /// What is added to the logit of a note of each pitch; empty for nothing.
  private(set) var bias: [Float] = []

  /// Starts a piece.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - strength: how many nats a bass note that is due gets ahead of any other.
  ///   - sectionBars: how many bars the sections of its form have; nil where it has none.
  ///   - leadsPhrases: whether phrases are led to their ends, too, and not only the piece to its own.
  init(_ key: Key, strength: Float, sectionBars: Int?, leadsPhrases: Bool = true) {
    tonic = key.tonic
    self.strength = strength
    self.leadsPhrases = leadsPhrases
    period = sectionBars.map { $0 % Self.periodBars == 0 ? Self.periodBars : $0 } ?? Self.periodBars
    hasForm = sectionBars != nil
    if hasForm { origin = 0 }
  }

  /// Takes how long a bar is that begins at the place that was gone to, in whole notes.
  mutating func take(barLength length: Double) {
    let bar = (place + 1e-6).rounded(.down)
    // Songbooks write upbeats as short bars.
    if !hasForm, let last = barLength, origin == bar - 1, 2 * last <= length { origin = bar }
    barLength = length
  }

  /// Goes on in another key, from the next place on.
  mutating func enter(_ key: Key) { tonic = key.tonic }

  /// Goes on to a place in the piece, in bars from its start, and says how urgently it is to end there; true where the bias
  /// changed.
  mutating func move(to bars: Double, urgency: Float = 0) -> Bool {
    guard bars > place + 1e-6 || urgency != self.urgency else { return false }
    if bars > place + 1e-6 { lowest = nil }
    (place, self.urgency) = (bars, urgency)
    goal =
      urgency > 0 ? tonic : origin.flatMap { due(in: Int((bars - $0 + 1e-6).rounded(.down))) }
    return refresh()
  }

  /// Takes notes, of the primer or drawn, at the place that was gone to; true where the bias changed.
  mutating func take(_ struck: [UInt8]) -> Bool {
    guard !struck.isEmpty else { return false }
    if origin == nil {
      let bar = (place + 1e-6).rounded(.down)
      origin = place - bar < 0.5 - 1e-6 ? bar : bar + 1
    }
    for pitch in struck {
      register.take(pitch)
      lowest = min(lowest ?? pitch, pitch)
    }
    return refresh()
  }

  /// The pitch class that the bass is led to in a bar of the piece's whole ones; nil where it is led nowhere.
  private func due(in bar: Int) -> Int? {
    guard bar >= 0, leadsPhrases else { return nil }
    switch bar % period {
    case period - 1: return tonic
    case period - 2 where period > 2, period / 2 - 1 where period >= 6: return (tonic + 7) % 12
    default: return nil
    }
  }

  private mutating func refresh() -> Bool {
    let last = bias
    bias = []
    if let goal {
      let most = urgency > 0 ? strength * urgency : strength / 2
      bias = (0..<128).map { (pitch: UInt8) in
        guard pitch < lowest ?? 128, register.contains(pitch, within: Self.reach) else { return 0 }
        return Int(pitch) % 12 == goal ? most : -most
      }
    }
    return bias != last
  }
}
