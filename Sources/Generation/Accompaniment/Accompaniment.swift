public import Modeling
public import Music
import StandardMIDIFile
public import Tokenization

/// A part that a model writes the others to, and what becomes of it: the part as it was, to the tick, and
/// beside it what was written.
public struct Accompaniment: Sendable {
  /// Which part of the piece is given.
  public let part: GivenPart
  /// The part as the model hears it.
  public let line: GivenLine
  /// How many notes of the piece are given; more than the model hears where it cannot tell some.
  public let noteCount: Int

  /// The piece with the given part's tracks only.
  private let given: Score
  private let ticksPerQuarter: Int
  /// How long a quarter note of what is written lasts in the vocabulary's own time, in seconds.
  private let writtenQuarter: Double
  /// Where nothing written may go: the given parts, and what the piece makes drums, or none.
  private let taken: Set<Track.Part>
  /// What is told of no port is told to the first that is played, which is to stay the first.
  private let firstPort: UInt8

  /// The longest part in bars.
  private static let longest = 50_000

  /// Takes in a part.
  ///
  /// - Parameters:
  ///   - model: a model that learned to write to a given part.
  ///   - score: the piece that holds the part; what else it holds is left out.
  ///   - part: which part it is; nil for the only track with notes, drums left out, or else the part that
  ///     the model learned.
  /// - Throws: ``FillingError`` where the model writes to no given part, or the piece lacks it.
  public init(
    model: Model, piece score: Score, part: GivenPart? = nil
  ) throws(FillingError) {
    guard let vocabulary = model.vocabulary.accompanied else {
      throw FillingError(
        .vocabulary(
          found: model.vocabulary.configuration.name, expected: "one to a given part"))
    }
    guard case .ticksPerQuarter(let ticks) = score.division else { throw FillingError(.timeCode) }
    let struck = score.tracks.indices.filter { !score.tracks[$0].notes.isEmpty }
    let sounding = struck.filter { !score.tracks[$0].isDrums }
    guard !sounding.isEmpty else {
      throw FillingError(struck.isEmpty ? .noMelody : .onlyDrums)
    }
    let only = sounding.count == 1 ? GivenPart.number(sounding[0] + 1) : nil
    let chosen = part ?? only ?? vocabulary.part
    guard var (given, _) = chosen.parting(score) else { throw FillingError(.noGivenPart(chosen)) }
    let line = GivenLine(given, in: vocabulary)
    noteCount = given.tracks.reduce(0) { $0 + $1.notes.count }
    guard line.noteCount > 0 else {
      let isLate = vocabulary.notesPastLimit(of: given) == noteCount
      throw FillingError(isLate ? .late : .emptyPiece)
    }
    guard line.barCount <= Self.longest else {
      throw FillingError(.length(found: line.barCount, unit: "bars", limit: Self.longest))
    }
    self.part = chosen
    self.line = line
    ticksPerQuarter = max(1, ticks)
    let ownTempo = vocabulary.makeDecoder().score.tempos.first
    writtenQuarter = Double(ownTempo?.microsecondsPerQuarter ?? 500_000) / 1e6
    // What another track of the same channel tells, such as its program, holds for the part.
    let parts = Set(given.tracks.filter { !$0.notes.isEmpty }.map(\.part))
    given.removeTracks { track in
      track.notes.isEmpty && (track.messages.isEmpty || !parts.contains(track.part))
    }
    self.given = given
    taken = Set(given.tracks.map(\.part)).union(score.unusualParts)
    firstPort = score.tracks.map(\.port).min() ?? 0
  }

  /// Settings in which the piece is written to the part, and is as long as it, to the end of its last bar.
  ///
  /// - Parameter settings: what else is asked for; its longest note is counted in seconds at the given part's mean
  ///   tempo.
  /// - Returns: the settings.
  public func settings(_ settings: GenerationSettings) -> GenerationSettings {
    var settings = settings
    settings.given = line
    settings.length = .bars(line.barCount)
    // A rest of the others is none of the piece's.
    settings.longestRestSeconds = nil
    if let tempo = line.attributes.tempo {
      settings.countLongestNote(heardAt: 60 / tempo, writtenAt: writtenQuarter)
    }
    return settings
  }

  /// Puts what was written beside the part.
  ///
  /// Division, tempo, metre, key and texts are the given piece's, and its tracks stand first with their notes
  /// as they are, and with all that their channels are told, be it after their last note. What was written
  /// gets channels that they do not use.
  ///
  /// - Parameter written: the other parts, as the model wrote them.
  /// - Returns: both, up to the last note's end, or to what a given track is told after it.
  public func joined(with written: Score) -> Score {
    let writtenTicks = if case .ticksPerQuarter(let ticks) = written.division { ticks } else { 480 }
    func moved(_ tick: Int) -> Int {
      (tick * ticksPerQuarter + writtenTicks / 2) / max(1, writtenTicks)
    }
    var score = given
    var taken = taken
    for var track in written.tracks where !track.notes.isEmpty {
      let isDrums = track.isDrums
      let place = freePart(isDrums: isDrums, beside: taken)
      taken.insert(place)
      (track.port, track.channel) = (place.port, place.channel)
      track.isDrums = isDrums
      track.name =
        track.isDrums
        ? "Drums" : track.programs.first.map { GeneralMIDI.name(ofProgram: $0.program) } ?? ""
      for index in track.notes.indices {
        let (onset, end) = (track.notes[index].onset, track.notes[index].end)
        track.notes[index].onset = moved(onset)
        track.notes[index].duration = max(1, moved(end) - moved(onset))
      }
      for index in track.messages.indices {
        track.messages[index].tick = moved(track.messages[index].tick)
      }
      score.tracks.append(track)
    }
    var end = score.tracks.reduce(0) { max($0, $1.lastNoteEnd) }
    for track in given.tracks {
      end = max(end, track.messages.last?.tick ?? 0, track.texts.last?.tick ?? 0)
    }
    score.endTick = end
    score.tempos.removeAll { $0.tick > end }
    score.timeSignatures.removeAll { $0.tick > end }
    score.keySignatures.removeAll { $0.tick > end }
    score.texts.removeAll { $0.tick > end }
    score.systemExclusives.removeAll { $0.tick > end }
    return score
  }

  /// The first channel of the first port that is not taken: the tenth for drums, any other else.
  private func freePart(isDrums: Bool, beside taken: Set<Track.Part>) -> Track.Part {
    let channels: [UInt8] = isDrums ? [9] : (0..<16).filter { $0 != 9 }
    for port in Array(firstPort..<128) + Array(0..<firstPort) {
      for channel in channels {
        let part = Track.Part(port: port, channel: channel)
        if !taken.contains(part) { return part }
      }
    }
    return Track.Part(port: firstPort, channel: channels[0])
  }
}

extension GenerationSettings {
  /// What a piece is given while it is written; nil where nothing is.
  ///
  /// - Throws: ``GenerationError`` where the vocabulary has no given part, or needs one.
  func feed(in vocabulary: any Vocabulary) throws(GenerationError) -> GivenFeed? {
    guard let accompanied = vocabulary.accompanied else {
      guard given == nil else {
        throw GenerationError(.given("the model does not write to a given part"))
      }
      return nil
    }
    guard let given else {
      throw GenerationError(.given("the model writes to a given part, and none is given"))
    }
    guard primer == nil else {
      throw GenerationError(.given("a piece to a given part cannot go on from a primer"))
    }
    return GivenFeed(given, in: accompanied)
  }
}
