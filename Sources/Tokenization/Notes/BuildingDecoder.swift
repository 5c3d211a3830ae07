import Music

/// A decoder that writes into a builder, which answers for it how far the music is.
protocol BuildingDecoder: TokenDecoder {
  /// What the music is written into.
  var builder: PieceBuilder { get set }
}

extension BuildingDecoder {
  var settledSeconds: Double { builder.seconds }
  var barsWritten: Double { builder.barsWritten }
  var barsPassed: Double { builder.barsPassed }
  var noteCount: Int { builder.noteCount }
  var polyphony: Int? {
    get { builder.polyphony }
    set { builder.polyphony = newValue }
  }
  var longestNoteSeconds: Double? {
    get { builder.longestNoteSeconds }
    set { builder.longestNoteSeconds = newValue }
  }
  var sectionBars: Int? {
    get { builder.sectionBars }
    set { builder.sectionBars = newValue }
  }
  var bound: PieceBound? {
    get { builder.bound }
    set { builder.bound = newValue }
  }
  var hasReachedBound: Bool { builder.hasReachedBound }
  func place(atTick tick: Int) -> (seconds: Double, bars: Double) { builder.place(atTick: tick) }
  mutating func takeSettledMessages() -> [TimedMessage] { builder.takeSettledMessages() }
  mutating func finish() { builder.finish() }
  var score: Score { builder.score }
}
