import MusicXML

/// The measures into which a score is written; lengths in `PartwiseScore.quarter`.
struct BarPlan {
  struct Bar {
    var start: Int
    var length: Int
    /// The metre that is printed.
    var metre: PartwiseScore.WrittenMetre
    /// Whether it is not counted: a pickup.
    var isPickup = false

    /// The stretch of the bar in which a tuplet is sought: a quarter note, in metres of smaller beats one of
    /// these.
    var cell: Int { 4 * PartwiseScore.quarter / max(metre.beatType, 4) }
    /// How long beats are that are divided by three, as in 6/8; nil in other metres.
    var compoundBeat: Int? {
      metre.beatType >= 8 && metre.beats % 3 == 0
        ? 12 * PartwiseScore.quarter / metre.beatType : nil
    }
  }

  private(set) var bars: [Bar] = []
  /// The most bars of a piece.
  private static let mostBars = 100_000
  /// Bars begin on sixty-fourth notes: what begins elsewhere could not be written.
  static let finest = PartwiseScore.quarter / 16

  /// Plans the bars of a score up to a place.
  ///
  /// - Throws: ``MusicXMLError/Reason/tooMuch(_:)`` for more than 100,000.
  init(_ signatures: [TimeSignature], until end: Int, place: (Int) -> Int) throws(MusicXMLError) {
    var stretches = [(start: 0, metre: PartwiseScore.WrittenMetre(beats: 4, beatType: 4))]
    for signature in signatures {
      // What has no such note value cannot be told.
      guard 1...255 ~= signature.numerator, 1...64 ~= signature.denominator,
        signature.denominator & (signature.denominator - 1) == 0
      else { continue }
      let metre = PartwiseScore.WrittenMetre(
        beats: signature.numerator, beatType: signature.denominator)
      let start = (place(signature.tick) + Self.finest / 2) / Self.finest * Self.finest
      if let last = stretches.last, last.start >= start { stretches.removeLast() }
      stretches.append((max(start, stretches.last?.start ?? 0), metre))
    }
    for (index, stretch) in stretches.enumerated() {
      let isLast = index == stretches.count - 1
      let stop = isLast ? max(end, stretch.start + 1) : stretches[index + 1].start
      guard bars.isEmpty || stretch.start < max(end, 1) else { break }
      var start = stretch.start
      while start < stop, start < max(end, 1) {
        guard bars.count < Self.mostBars else {
          throw MusicXMLError(.tooMuch("\(Self.mostBars) measures"))
        }
        let whole = stretch.metre.duration
        let length = isLast ? whole : min(whole, stop - start)
        bars.append(Bar(start: start, length: length, metre: stretch.metre))
        start += length
      }
    }
    // A short bar before others of a longer metre is a pickup to them.
    if bars.count > 1, bars[0].length < bars[1].metre.duration, bars[1].start == bars[0].length,
      bars[1].length == bars[1].metre.duration,
      bars[0].length < bars[0].metre.duration || bars[0].metre != bars[1].metre
    {
      bars[0].metre = bars[1].metre
      bars[0].isPickup = true
    }
  }

  /// The bar in which a place lies.
  func bar(at place: Int) -> Int {
    max(min(bars.partitioningIndex { $0.start > place }, bars.count) - 1, 0)
  }
}
