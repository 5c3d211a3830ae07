import Music
import Tokenization

/// The one track of a piece that is written anew where all others are kept.
struct VariedTrack: Sendable {
  /// Its index among the tracks of the piece as it was given.
  let index: Int
  /// The others' notes, on the vocabulary's grid.
  private let others: [(instrument: Instrument, track: Track)]
  private let instrument: Instrument
  private let pitches: ClosedRange<Int>
  private let isDrums: Bool
  private let tellsPrograms: Bool
  private let strikesDrumsAsPitches: Bool
  /// How many notes of it sound at once at most; nil for drums.
  let polyphony: Int?
  /// What is written of it so far, in the grid's ticks.
  private(set) var written: Score

  /// How many semitones beyond its own pitches may be written.
  private static let margin = 2

  /// Takes in a track.
  ///
  /// - Parameters:
  ///   - number: the track, counted from 1.
  ///   - score: the piece as it was given.
  ///   - vocabulary: the model's.
  ///   - range: the pitches that may be written; nil for about its own.
  /// - Throws: ``FillingError`` where there is no such track, the vocabulary tells none of its notes, or a range is
  ///   asked for of drums.
  init(
    _ number: Int, of score: Score, vocabulary: any Vocabulary, range: ClosedRange<UInt8>? = nil
  ) throws(FillingError) {
    guard number >= 1, number <= score.tracks.count else {
      throw FillingError(.track(found: number, count: score.tracks.count))
    }
    index = number - 1
    var (alone, others) = (score, score)
    for track in score.tracks.indices {
      if track == index { others.tracks[track].notes = [] } else { alone.tracks[track].notes = [] }
    }
    let gridded = vocabulary.quantise(alone)
    let notes = gridded.tracks.flatMap(\.notes)
    let track = score.tracks[index]
    guard !notes.isEmpty, let lowest = notes.map(\.pitch).min(),
      let highest = notes.map(\.pitch).max()
    else { throw FillingError(.emptyTrack(number)) }
    if let range, track.isDrums {
      throw FillingError(range: range, expected: "none with a track of drums")
    }
    let kept = vocabulary.quantise(others)
    let programs = ChannelPrograms(kept)
    self.others = kept.tracks.map { (Instrument($0, in: programs), $0) }
    tellsPrograms = vocabulary.configuration.tellsPrograms
    strikesDrumsAsPitches = vocabulary.strikesDrumsAsPitches
    isDrums = track.isDrums
    // What plays it on the grid: a vocabulary may have but one instrument.
    let told = gridded.tracks.first { !$0.notes.isEmpty } ?? track
    instrument = Instrument(told, in: ChannelPrograms(gridded))
    pitches =
      range.map { Int($0.lowerBound)...Int($0.upperBound) }
      ?? max(0, Int(lowest) - Self.margin)...min(127, Int(highest) + Self.margin)
    polyphony = track.isDrums ? nil : max(1, gridded.highestPolyphony)
    written = gridded
    written.tracks = [told]
    written.tracks[0].notes = []
  }

  /// Whether a token that tells something may be written of the track alone.
  func admits(_ event: TokenEvent) -> Bool {
    switch event {
    case .note(let pitch):
      (!isDrums || strikesDrumsAsPitches) && pitches.contains(Int(pitch))
    case .drum(let pitch): isDrums && pitches.contains(Int(pitch))
    case .program(let program):
      if case .program(let own) = instrument { program == own } else { program == 128 }
    default: true
    }
  }

  /// A candidate's notes of the track in a span, and what the others play there.
  ///
  /// - Parameters:
  ///   - candidate: what was written, in ticks that count from `start`.
  ///   - span: the span, in these ticks.
  ///   - start: the tick of the grid that they count from.
  /// - Returns: the notes of all tracks in the span.
  func joined(_ candidate: Score, in span: Range<Int>, from start: Int) -> Score {
    let own = ChannelPrograms(candidate)
    var score = candidate
    score.tracks = candidate.tracks.filter { plays($0, in: own) }.map { track in
      var track = track
      track.notes = track.notes.filter { isKept($0, in: span) }
      return track
    }
    for (instrument, other) in others {
      let first = other.notes.partitioningIndex { $0.onset >= span.lowerBound + start }
      let end = other.notes.partitioningIndex { $0.onset >= span.upperBound + start }
      if first == end { continue }
      let kept = other.notes[first..<end].map { note in
        var note = note
        note.onset -= start
        return note
      }
      let programs = ChannelPrograms(score)
      if let same = score.tracks.firstIndex(where: { Instrument($0, in: programs) == instrument }) {
        score.tracks[same].notes += kept
      } else {
        var track = other
        track.notes = kept
        score.tracks.append(track)
      }
    }
    return score.sorted()
  }

  /// How many of a candidate's notes another part of the same instrument plays already.
  ///
  /// They would not be heard, and tokens do not tell them apart.
  ///
  /// - Parameters:
  ///   - candidate: what was written, in ticks that count from `start`.
  ///   - span: the span, in these ticks.
  ///   - start: the tick of the grid that they count from.
  /// - Returns: the number of notes.
  func unisons(_ candidate: Score, in span: Range<Int>, from start: Int) -> Int {
    var sounding: [UInt8: [Range<Int>]] = [:]
    for (instrument, other) in others where instrument == self.instrument {
      let first = other.notes.partitioningIndex { $0.onset >= span.lowerBound + start }
      let end = other.notes.partitioningIndex { $0.onset >= span.upperBound + start }
      for note in other.notes[first..<end] {
        sounding[note.pitch, default: []].append(note.onset - start..<note.end - start)
      }
    }
    for pitch in sounding.keys { sounding[pitch]?.sortByOnset() }
    let programs = ChannelPrograms(candidate)
    return candidate.tracks.lazy.filter { plays($0, in: programs) }.flatMap(\.notes).count { note in
      guard isKept(note, in: span), let ranges = sounding[note.pitch] else { return false }
      let next = ranges.partitioningIndex { $0.lowerBound >= note.end }
      return next > 0 && ranges[next - 1].upperBound > note.onset
    }
  }

  /// Keeps what a candidate has of the track in a span.
  mutating func keep(_ candidate: Score, in span: Range<Int>, from start: Int) {
    let programs = ChannelPrograms(candidate)
    for track in candidate.tracks where plays(track, in: programs) {
      for var note in track.notes where isKept(note, in: span) {
        note.duration = min(note.end, span.upperBound) - note.onset
        note.onset += start
        written.tracks[0].notes.append(note)
      }
    }
  }

  /// Whether a note is one of the span and of the track's pitches, which a grammar may not have left a choice of.
  private func isKept(_ note: Note, in span: Range<Int>) -> Bool {
    span.contains(note.onset) && pitches.contains(Int(note.pitch))
  }

  private func plays(_ track: Track, in programs: ChannelPrograms) -> Bool {
    tellsPrograms ? Instrument(track, in: programs) == instrument : track.isDrums == isDrums
  }
}

extension [Range<Int>] {
  /// Sorts ranges of several tracks by their starts; each then ends no earlier than one before it.
  fileprivate mutating func sortByOnset() {
    sort { $0.lowerBound < $1.lowerBound }
    for index in indices.dropFirst() where self[index].upperBound < self[index - 1].upperBound {
      self[index] = self[index].lowerBound..<self[index - 1].upperBound
    }
  }
}
