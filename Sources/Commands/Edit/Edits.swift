import Drawing
import MuseGen

/// What `musegen edit` is to do with a piece.
struct Edits {
  private var trim: TrimRange?
  /// Into how many parts the grid divides a whole note.
  private var grid: Int?
  private var swing: Swing?
  private var semitones = 0
  private var tempo: Double?
  private var programs: ProgramEdit

  /// Reads the options.
  ///
  /// - Throws: ``Failure`` for one that cannot be read or is out of its range.
  init(_ command: EditCommand) throws(Failure) {
    if let text = command.trim {
      guard let trim = TrimRange(text) else {
        throw Failure(
          .usage,
          "--trim is \"\(text)\", expected 8bars or 30s, or a part such as bars 5-8 or 0:30-1:00")
      }
      self.trim = trim
    }
    if let text = command.quantise {
      guard let parts = Self.parts(text) else {
        throw Failure(
          .usage, "--quantise is \"\(text)\", expected a part of a whole note, 1/1 to 1/128")
      }
      grid = parts
    }
    if command.swing { swing = try Self.swing(command.swingRatio, of: command.swingUnit) }
    guard (-127...127).contains(command.transpose) else {
      throw Failure(.usage, "--transpose is \(command.transpose), expected -127 to 127")
    }
    semitones = command.transpose
    tempo = try command.tempo.map { tempo throws(Failure) in
      try Self.checkedTempo(tempo)
    }
    programs = try ProgramEdit(command.program)
  }

  /// Whether nothing is to be done.
  var isEmpty: Bool {
    trim == nil && grid == nil && swing == nil && semitones == 0 && tempo == nil
      && programs.isEmpty
  }

  /// A tempo in quarter notes a minute that is neither too slow nor too fast to be one.
  ///
  /// - Throws: ``Failure`` for any other.
  static func checkedTempo(_ tempo: Double) throws(Failure) -> Double {
    guard (10...1_000).contains(tempo) else {
      throw Failure(.usage, "--tempo is \(tempo), expected 10 to 1000")
    }
    return tempo
  }

  private static func parts(_ text: String) -> Int? {
    guard let match = text.wholeMatch(of: /1\/([0-9]+)/), let parts = Int(match.1),
      (1...128).contains(parts)
    else { return nil }
    return parts
  }

  private static func swing(_ ratio: String, of unit: String) throws(Failure) -> Swing {
    guard let match = ratio.wholeMatch(of: /([0-9]+):([0-9]+)/), let long = Int(match.1),
      let short = Int(match.2), (1...99).contains(long), (1...99).contains(short), long != short
    else {
      throw Failure(
        .usage, "--swing-ratio is \"\(ratio)\", expected two different numbers such as 2:1 or 3:2")
    }
    guard let unit = parts(unit), [2, 4, 8, 16, 32].contains(unit) else {
      throw Failure(
        .usage, "--swing-unit is \"\(unit)\", expected one of 1/2, 1/4, 1/8, 1/16, 1/32")
    }
    return Swing(long: long, short: short, unit: unit)
  }

  /// A piece with everything done to it.
  ///
  /// - Parameters:
  ///   - score: the piece.
  ///   - path: its file, for failures.
  /// - Returns: the changed piece.
  /// - Throws: ``Failure`` where something cannot be done with it.
  func applied(to score: Score, of path: String) throws(Failure) -> Score {
    var score = score
    if let trim {
      score = score.trimmed(to: try trim.ticks(of: score, path: path), keepsBarLines: true)
      guard score.tracks.contains(where: { !$0.notes.isEmpty }) else {
        throw Failure(.data, "\(path): no note is struck in \(trim.words), expected one for --trim")
      }
    }
    if let grid {
      guard let quantised = score.quantised(toPartsOfWhole: grid) else {
        throw Self.timeCode(path, "no --quantise")
      }
      score = quantised
    }
    if let swing {
      guard let swung = score.swung(swing) else { throw Self.timeCode(path, "no --swing") }
      score = swung
    }
    if semitones != 0 { score = try transposed(score, of: path) }
    if let tempo { score = try score.played(atTempo: tempo, path: path) }
    return try programs.applied(to: score, of: path)
  }

  /// A piece moved by the semitones, if all of its notes stay pitches.
  private func transposed(_ score: Score, of path: String) throws(Failure) -> Score {
    let pitches = score.tracks.lazy.filter { !$0.isDrums }.flatMap(\.notes).map { Int($0.pitch) }
    guard let lowest = pitches.min(), let highest = pitches.max() else {
      let found = score.tracks.contains { !$0.notes.isEmpty } ? "drums alone" : "no notes"
      throw Failure(
        .data,
        "\(path): \(found) found, expected \(found == "no notes" ? "notes" : "other notes") for --transpose"
      )
    }
    try Failure.checkTransposition(of: lowest...highest, by: semitones, in: path)
    return score.transposed(by: semitones)
  }

  /// What cannot be done with a piece that counts its time in seconds.
  static func timeCode(_ path: String, _ expected: String) -> Failure {
    Failure(.data, "\(path): times in time code found, which tell no beats, expected \(expected)")
  }
}

extension Failure {
  /// Checks that pitches stay those of MIDI, 0 to 127, where `--transpose` moves them.
  ///
  /// - Throws: ``Failure`` where one would not, with how far they can be moved.
  static func checkTransposition(
    of pitches: ClosedRange<Int>, by semitones: Int, in path: String
  ) throws(Failure) {
    let (lowest, highest) = (pitches.lowerBound, pitches.upperBound)
    guard lowest + semitones >= 0, highest + semitones <= 127 else {
      throw Failure(
        .data,
        "\(path): pitches \(lowest) to \(highest) found, expected --transpose \(-lowest) to "
          + "\(127 - highest)")
    }
  }
}

extension Score {
  /// The score in another tempo, as `--tempo` asks for it.
  ///
  /// - Throws: ``Failure`` where it counts its time in seconds.
  func played(atTempo tempo: Double, path: String) throws(Failure) -> Score {
    guard let score = atTempo(tempo) else { throw Edits.timeCode(path, "no --tempo") }
    return score
  }
}
