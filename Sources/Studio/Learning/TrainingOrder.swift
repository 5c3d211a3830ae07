/// What a model shall learn from, and for how long.
public struct TrainingOrder: Hashable, Sendable, Codable {
  /// What the model is called, and its run.
  public var name: String
  /// The collection of music in the studio.
  public var music: String
  /// The model that is trained further; nil for one that knows nothing.
  public var from: String?
  /// For how long, in minutes.
  public var minutes: Double
  /// The part to which it learns to write the others: a track's number or name, or `highest`; nil for a model that
  /// writes whole pieces.
  public var given: String?

  /// Creates an order.
  public init(name: String, music: String, from: String? = nil, minutes: Double) {
    self.name = name
    self.music = music
    self.from = from
    self.minutes = minutes
  }

  static let keys: Set = ["name", "music", "from", "minutes", "given"]
  /// How long a training may take: six seconds to a month.
  private static let minutesRange = 0.1...43_200
  /// The longest name of a part, in characters.
  private static let longestPart = 80

  /// Checks what can be said without looking at files.
  ///
  /// - Throws: ``OrderError`` for the first fault.
  func check() throws(OrderError) {
    for (key, value) in [("name", name), ("music", music)] where !Self.isName(value) {
      throw OrderError(
        "\(key) is \"\(value)\", expected up to 40 small letters, digits, hyphens and underscores")
    }
    guard Self.minutesRange ~= minutes else {
      throw OrderError("minutes is \(minutes), expected 0.1 to 43200")
    }
    guard let given else { return }
    guard from == nil else {
      throw OrderError(
        "given means nothing for a model that is trained further, which keeps its own")
    }
    guard 1...Self.longestPart ~= given.count, !given.hasPrefix("-"),
      PieceRecord.cleanName(given) == given
    else {
      throw OrderError("given is \"\(given)\", expected a track's number or name, or highest")
    }
  }

  /// Whether a text can name a model and a folder.
  static func isName(_ text: String) -> Bool {
    1...40 ~= text.utf8.count && !text.hasPrefix("-")
      && text.utf8.allSatisfy { byte in
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
          || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
      }
  }
}

/// What a process that trains is told.
public enum TrainingTask: Hashable, Sendable {
  /// A new run: the music's folder, the run's, the model's file, the file of the model that is trained further, for
  /// how many minutes, the part that is given, and whether samples are written on the way, which a model that writes to
  /// a given part alone has none of.
  case start(
    music: String, run: String, model: String, from: String?, minutes: Double, given: String?,
    hasSamples: Bool)
  /// The run in a folder goes on.
  case resume(run: String)
}

/// A program and what it is called with.
public struct ProgramCall: Hashable, Sendable {
  /// The program's file.
  public var program: String
  /// Its arguments.
  public var arguments: [String]

  /// Creates a call.
  public init(program: String, arguments: [String]) {
    self.program = program
    self.arguments = arguments
  }
}
