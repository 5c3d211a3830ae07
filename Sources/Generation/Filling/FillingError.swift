public import Settings
public import Tokenization

/// Why music cannot be filled in as asked.
public struct FillingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// A setting outside its range.
    case setting(SettingError)
    /// A model of another vocabulary.
    case vocabulary(found: String, expected: String)
    /// A model whose tokens are merged.
    case mergedTokens
    /// A score without notes that could be given.
    case noMelody
    /// A track that is not there.
    case track(found: Int, count: Int)
    /// A track without a note that the model's vocabulary knows.
    case emptyTrack(Int)
    /// Bars, counted from 1, that are not all there.
    case bars(found: ClosedRange<Int>, count: Int)
    /// Bars, counted from 1, of which the model's vocabulary tells no time.
    case untoldBars(ClosedRange<Int>)
    /// A melody with pitches that the model does not know, and how far it can be moved into them.
    case range(found: ClosedRange<Int>, known: ClosedRange<Int>, semitones: Int?)
    /// A piece that lacks the part that is given.
    case noGivenPart(GivenPart)
    /// A piece whose notes are all drums', which are never given.
    case onlyDrums
    /// A part whose notes are all struck after what vocabularies tell of a piece, a day.
    case late
    /// A piece whose times are in time code.
    case timeCode
    /// A piece too long to be filled in.
    case length(found: Int, unit: String, limit: Int)
    /// A piece without a note in the model's vocabulary.
    case emptyPiece
  }

  /// What was found.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line: found, expected, what to do.
  public var description: String {
    switch reason {
    case .setting(let error): error.description
    case .vocabulary(let found, let expected):
      "the model's vocabulary is \(found), expected \(expected)"
    case .mergedTokens: "the model's vocabulary has merges, expected pianoroll without"
    case .noMelody: "no note found, expected a melody"
    case .track(let found, let count): "track \(found) not found, expected 1 to \(count)"
    case .emptyTrack(let track):
      "track \(track) holds no note that the model's vocabulary knows"
    case .bars(let found, let count):
      "\(Self.words(found)) not found, expected "
        + (count > 0 ? "some of 1 to \(count)" : "notes that have a length")
    case .untoldBars(let found):
      "\(Self.words(found)): nothing is there to be written anew, expected bars with notes"
    case .range(let found, let known, let semitones):
      "the melody's pitches are \(found.text), expected some of \(known.text)"
        + (semitones.map { "; transpose by \($0) semitones" } ?? "")
    case .noGivenPart(let part):
      "found no part \(part) with notes to be given, expected \(part.expectation)"
    case .onlyDrums: "found drums alone, expected notes of another part to be given"
    case .late: "found no note in the first day of the given part, expected it to begin there"
    case .timeCode: "found times in time code, expected quarter notes, which have bars"
    case .length(let found, let unit, let limit):
      "\(found) \(unit) found, expected at most \(limit)"
    case .emptyPiece: "the piece holds no note that the model's vocabulary knows"
    }
  }
}

extension FillingError {
  private static func words(_ bars: ClosedRange<Int>) -> String {
    bars.count == 1 ? "bar \(bars.lowerBound)" : "bars \(bars.lowerBound)-\(bars.upperBound)"
  }
}

extension ClosedRange<Int> {
  fileprivate var text: String { "\(lowerBound) to \(upperBound)" }
}

extension FillingError {
  /// What is wrong with a range of pitches that is asked for.
  init(range: ClosedRange<UInt8>, expected: String) {
    self.init(
      .setting(
        SettingError(
          "range", found: "\(range.lowerBound)-\(range.upperBound)", expected: expected)))
  }

  /// Throws unless a setting is what it may be.
  static func check(
    _ key: String, _ found: some CustomStringConvertible, _ holds: Bool, _ expected: String
  ) throws(FillingError) {
    do {
      try SettingError.check(key, found, holds, expected)
    } catch {
      throw FillingError(.setting(error))
    }
  }
}
