import MusicXML

/// Writes the notes of one voice, bar after bar.
///
/// Notes of a voice mostly follow one another. Where they overlap, in the voice that takes what others have no
/// room for, they are cut into chords that are tied, which sound the same.
struct VoiceWriter {
  /// Something written: notes that sound together, or a rest.
  struct Event {
    /// The place in the bar.
    var start: Int
    var length: Int
    var value: NoteValue?
    /// The notes, by their places in the voice; none for a rest.
    var notes: [Int]
    var startsTuplet = false
    var endsTuplet = false
    var isInTuplet = false
  }

  private let notes: [GridNote]
  /// The first note that no bar has begun with.
  private var next = 0
  /// The notes that sound in the bar that was entered last.
  private var sounding: [Int] = []

  /// - Parameter notes: the voice's notes, by onset.
  init(_ notes: [GridNote]) { self.notes = notes }

  /// The note at a place in the voice.
  subscript(index: Int) -> GridNote { notes[index] }

  /// Finds out before anything is written whether it comes to too much.
  ///
  /// - Parameters:
  ///   - bars: all bars.
  ///   - budget: how many notes may be written, those that are tied each for itself; what the voice takes goes
  ///     off it.
  /// - Returns: whether it is enough.
  func fits(in bars: [BarPlan.Bar], _ budget: inout Int) -> Bool {
    var voice = self
    for bar in bars {
      let here = voice.enter(bar)
      let cuts = cuts(at: here, in: bar)
      for index in here {
        let (onset, end) = (notes[index].onset - bar.start, notes[index].end - bar.start)
        budget -= cuts.partitioningIndex { $0 >= end } - cuts.partitioningIndex { $0 >= onset }
      }
      if budget < 0 { return false }
    }
    return true
  }

  /// Goes on to the next bar, and gives the notes that sound in it.
  private mutating func enter(_ bar: BarPlan.Bar) -> [Int] {
    sounding.removeAll { notes[$0].end <= bar.start }
    while next < notes.count, notes[next].onset < bar.start + bar.length {
      sounding.append(next)
      next += 1
    }
    return sounding
  }

  /// The places in a bar where notes begin or end, and its own beginning and end.
  private func cuts(at here: [Int], in bar: BarPlan.Bar) -> [Int] {
    var places: Set<Int> = [0, bar.length]
    for index in here {
      places.insert(max(notes[index].onset - bar.start, 0))
      places.insert(min(notes[index].end - bar.start, bar.length))
    }
    return places.sorted()
  }

  /// Writes the next bar.
  ///
  /// - Parameter bar: the bar.
  /// - Returns: what is written from the bar's beginning to its end; nil where the voice is silent.
  mutating func events(in bar: BarPlan.Bar) -> [Event]? {
    let here = enter(bar)
    guard !here.isEmpty else { return nil }
    let cuts = cuts(at: here, in: bar)
    let tuplets = Tuplet.tuplets(in: bar, places: cuts.filter { $0 > 0 && $0 < bar.length })
    var events: [Event] = []
    var active: [Int] = []
    var entering = here[...]
    for (start, stop) in zip(cuts, cuts.dropFirst()) {
      active.removeAll { notes[$0].end - bar.start <= start }
      while let index = entering.first, notes[index].onset - bar.start <= start {
        active.append(index)
        entering = entering.dropFirst()
      }
      append(from: start, to: stop, active, tuplets, in: bar, to: &events)
    }
    markTuplets(tuplets, in: &events)
    return events
  }

  /// Writes what sounds from one place to another.
  private func append(
    from start: Int, to stop: Int, _ active: [Int], _ tuplets: [Tuplet], in bar: BarPlan.Bar,
    to events: inout [Event]
  ) {
    var place = start
    var index = tuplets.partitioningIndex { $0.end > start }
    while place < stop {
      let tuplet = index < tuplets.count ? tuplets[index] : nil
      let written: [(length: Int, value: NoteValue?)]
      let isInTuplet: Bool
      if let tuplet, tuplet.start <= place {
        written = NoteValues.inTuplet(length: min(stop, tuplet.end) - place, tuplet)
        isInTuplet = true
        index += 1
      } else {
        let end = min(stop, tuplet?.start ?? stop)
        written = NoteValues.straight(
          from: place, length: end - place, in: bar, isRest: active.isEmpty)
        isInTuplet = false
      }
      for (length, value) in written {
        events.append(
          Event(start: place, length: length, value: value, notes: active, isInTuplet: isInTuplet))
        place += length
      }
    }
  }

  private func markTuplets(_ tuplets: [Tuplet], in events: inout [Event]) {
    var index = 0
    for tuplet in tuplets {
      while index < events.count, events[index].start < tuplet.start { index += 1 }
      guard index < events.count else { return }
      events[index].startsTuplet = true
      while index + 1 < events.count, events[index + 1].start < tuplet.end { index += 1 }
      events[index].endsTuplet = true
    }
  }
}
