/// The grammar of a vocabulary that is made of another: time is the other's.
protocol GrammarOverBase: Grammar {
  /// The grammar of the vocabulary that it is made of.
  var base: any Grammar { get set }
}

extension GrammarOverBase {
  var longestNoteSeconds: Double? {
    get { base.longestNoteSeconds }
    set { base.longestNoteSeconds = newValue }
  }

  var longestRestSeconds: Double? {
    get { base.longestRestSeconds }
    set { base.longestRestSeconds = newValue }
  }

  var sectionBars: Int? {
    get { base.sectionBars }
    set { base.sectionBars = newValue }
  }

  mutating func rest(until tick: Int) { base.rest(until: tick) }
}
