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

  /// The most notes of a score, those that are tied each for itself.
  static let mostNotes = 2_000_000

  private let notes: [GridNote]
  /// The first note that no bar has begun with.
  private var next = 0
  /// The notes that sound on into the bar.
  private var sounding: [Int] = []

  /// - Parameter notes: the voice's notes, by onset.
  init(_ notes: [GridNote]) { self.notes = notes }

  /// The note at a place in the voice.
  subscript(index: Int) -> GridNote { notes[index] }

  /// Writes the next bar.
  ///
  /// - Parameters:
  ///   - bar: the bar.
  ///   - most: how many notes may be written, those that are tied each for itself.
  /// - Returns: what is written from the bar's beginning to its end; nil where the voice is silent.
  /// - Throws: ``MusicXMLError/Reason/tooMuch(_:)`` for more notes, before they are made.
  mutating func events(
    in bar: BarPlan.Bar, atMost most: Int
  ) throws(MusicXMLError) -> [Event]? {
    let end = bar.start + bar.length
    sounding.removeAll { notes[$0].end <= bar.start }
    let first = next
    while next < notes.count, notes[next].onset < end { next += 1 }
    let here = sounding + Array(first..<next)
    guard !here.isEmpty else { return nil }
    var places: Set<Int> = [0, bar.length]
    for index in here {
      places.insert(max(notes[index].onset - bar.start, 0))
      places.insert(min(notes[index].end - bar.start, bar.length))
    }
    let cuts = places.sorted()
    let count = here.reduce(0) { count, index in
      let (onset, end) = (notes[index].onset - bar.start, notes[index].end - bar.start)
      return count + cuts.partitioningIndex { $0 >= end } - cuts.partitioningIndex { $0 >= onset }
    }
    guard count <= most else {
      throw MusicXMLError(.tooMuch("\(Self.mostNotes) notes to write, with their ties"))
    }
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
    sounding = active.filter { notes[$0].end > end }
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
