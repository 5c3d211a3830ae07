public import MuseGen

/// What a model is asked to write.
///
/// What is left out is as the model suggests, as for whoever asks for the same on the command line.
public struct PieceOrder: Hashable, Sendable, Codable {
  /// What is done.
  public enum Kind: String, Hashable, Sendable, Codable {
    /// A new piece.
    case new
    /// A piece that goes on from the beginning of another one.
    case continuation
    /// Another piece of which some bars are written anew.
    case variation
    /// Another piece whose silent stretches are written, all that is there staying.
    case filling
    /// The other voices to a melody, by a model of piano rolls.
    case harmony
    /// The other parts to one of another piece, by a model that learned to be given it.
    case accompaniment
  }

  /// How long a piece shall be.
  public struct Length: Hashable, Sendable, Codable {
    /// What is counted.
    public enum Unit: String, Hashable, Sendable, Codable {
      case seconds, upto, bars, notes
    }

    /// What is counted.
    public var unit: Unit
    /// How many; of ``Unit/upto`` seconds at most.
    public var amount: Int

    /// As the generator takes it.
    var length: PieceLength {
      switch unit {
      case .seconds: .seconds(Double(amount))
      case .upto: .atMost(Double(amount))
      case .bars: .bars(amount)
      case .notes: .notes(amount)
      }
    }

    /// The length in seconds, or the most of them; nil for bars and notes.
    var seconds: Double? {
      switch unit {
      case .seconds, .upto: Double(amount)
      case .bars, .notes: nil
      }
    }
  }

  /// What is changed of how a piece is drawn while it is written.
  public struct Change: Hashable, Sendable, Codable {
    /// How many events of the piece come before.
    public var event: Int
    /// From there on how boldly events are drawn; nil where that stays.
    public var temperature: Float?
    /// From there on how many notes are struck a second, 0 for as many as the model likes; nil where that stays.
    public var density: Double?

    init(_ change: SamplingChange) {
      event = change.event
      switch change.kind {
      case .temperature(let value): temperature = value
      case .density(let value): density = value ?? 0
      }
    }

    /// As the generator takes it.
    public var changes: [SamplingChange] {
      (temperature.map { [SamplingChange(event: event, .temperature($0))] } ?? [])
        + (density.map { [SamplingChange(event: event, .density($0 > 0 ? $0 : nil))] } ?? [])
    }
  }

  /// What is done.
  public var kind: Kind
  /// The model's name.
  public var model: String
  /// The piece that is gone on from, varied or accompanied.
  public var source: String?
  /// The style or composer, of those that the model knows.
  public var style: String?
  /// The key or mode, such as `D-minor`.
  public var key: String?
  /// The metre, such as `6/8`.
  public var metre: String?
  /// Quarter notes a minute.
  public var tempo: Double?
  /// Notes struck a second.
  public var density: Double?
  /// The families of instruments that may play.
  public var instruments: [InstrumentFamily]?
  /// How long it shall be; of a continuation what comes after its beginning.
  public var length: Length?
  /// How boldly events are drawn.
  public var temperature: Float?
  /// How much the piece quotes itself.
  public var repeats: Float?
  /// What was changed on the way, by a listener; nil where nothing.
  public var changes: [Change]?
  /// After how many bars of its source a continuation goes on; nil after all.
  public var afterBar: Int?
  /// What stays as it is; nil for what is locked of the source.
  public var locks: PieceLocks?
  /// The first and the last bar that a variation writes anew or a filling fills, counted from 1; nil for any.
  public var bars: [Int]?
  /// The track, counted from 1, that alone is varied, or that is accompanied; nil for all, or the highest notes.
  public var track: Int?
  /// The share of the bars that a variation writes anew.
  public var strength: Double?
  /// Where every random choice comes from; nil for any.
  public var seed: UInt64?

  /// Creates an order.
  public init(kind: Kind, model: String) {
    self.kind = kind
    self.model = model
  }

  /// The largest seed, up to which all whole numbers can be told in JSON.
  static let largestSeed: UInt64 = 1 << 53
  /// The most changes on the way.
  static let mostChanges = 2_000

  static let keys: Set = [
    "kind", "model", "source", "style", "key", "metre", "tempo", "density", "instruments", "length",
    "temperature", "repeats", "changes", "afterBar", "locks", "bars", "track", "strength", "seed",
  ]

  /// What has a meaning for each kind besides the model and the seed.
  private var usedKeys: Set<String> {
    let music: Set = [
      "style", "key", "metre", "tempo", "density", "instruments", "length", "temperature",
      "repeats", "changes",
    ]
    return switch kind {
    case .new: music
    case .continuation: music.union(["source", "afterBar", "locks"])
    case .variation: ["source", "bars", "track", "strength", "temperature", "locks"]
    case .filling: ["source", "bars", "track", "temperature", "locks"]
    case .harmony: ["source", "track", "temperature"]
    case .accompaniment: ["source", "style", "track", "temperature"]
    }
  }

  /// Whether what is locked of the source makes a difference.
  var heedsLocks: Bool { usedKeys.contains("locks") }

  private var givenKeys: [String] {
    let given: [(String, Bool)] = [
      ("source", source != nil), ("style", style != nil), ("key", key != nil),
      ("metre", metre != nil), ("tempo", tempo != nil), ("density", density != nil),
      ("instruments", instruments != nil), ("length", length != nil),
      ("temperature", temperature != nil), ("repeats", repeats != nil), ("changes", changes != nil),
      ("afterBar", afterBar != nil), ("bars", bars != nil), ("track", track != nil),
      ("strength", strength != nil), ("locks", locks != nil),
    ]
    return given.compactMap { $1 ? $0 : nil }
  }

  /// Refuses what would do nothing, as the command line does.
  ///
  /// - Throws: ``OrderError`` for the first of it.
  func check(_ abilities: ModelAbilities) throws(OrderError) {
    if let idle = givenKeys.first(where: { !usedKeys.contains($0) }) {
      throw OrderError("\(idle) means nothing for a \(kind.rawValue)")
    }
    if kind != .new, source == nil { throw OrderError("source is missing, expected a piece") }
    switch kind {
    case .harmony where !abilities.harmonizes:
      throw OrderError("the model \(model) writes no voices to a melody")
    case .accompaniment where abilities.given == nil:
      throw OrderError("the model \(model) writes no parts to a given one")
    case .new, .continuation, .variation, .filling:
      if !abilities.writesWhole {
        throw OrderError("the model \(model) writes to a given part only")
      }
    default: break
    }
    let idle: [(String, Bool)] = [
      ("style", style != nil && abilities.conditions?.tells(.style) != true),
      ("key", key != nil && !abilities.strikesPitches),
      ("metre", metre != nil && !abilities.heedsMetre),
      ("instruments", instruments != nil && !abilities.heedsInstruments),
      ("repeats", repeats != nil && !abilities.recalls),
    ]
    if let key = idle.first(where: \.1)?.0 {
      throw OrderError("\(key) has no effect on the model \(model)")
    }
    if let seed, seed > Self.largestSeed {
      throw OrderError("seed is \(seed), expected at most 2^53")
    }
    if let bars, bars.count != 2 || bars[0] < 1 || bars[1] < bars[0] {
      throw OrderError("bars is \(bars), expected a first and a last bar from 1 on")
    }
    if let track, track < 1 {
      throw OrderError("track is \(track), expected 1 or more")
    }
    if let afterBar, afterBar < 1 {
      throw OrderError("afterBar is \(afterBar), expected 1 or more")
    }
    if let changes, changes.count > Self.mostChanges || !changes.isSorted {
      throw OrderError(
        "changes are \(changes.count), expected at most \(Self.mostChanges) by their events")
    }
    if let instruments, instruments.isEmpty {
      throw OrderError("instruments is empty, expected at least one family")
    }
  }

  /// The settings for a generator.
  ///
  /// - Parameters:
  ///   - model: who writes.
  ///   - source: what is gone on from; nil for a new piece.
  /// - Returns: the settings, in their ranges.
  /// - Throws: ``OrderError``, or `GenerationError` for a setting out of its range.
  func settings(for model: Model, source: Score?) throws -> GenerationSettings {
    var settings = GenerationSettings(
      length: length?.length ?? GenerationSettings().length, seed: seed)
    settings.conditions.style = style
    if let key {
      guard let scale = Scale(key) else {
        throw OrderError("key is \"\(key)\", expected a tonic and a mode such as D-minor")
      }
      settings.steering.keep(to: scale)
    }
    if let metre { settings.steering.metre = try Metre(metre) }
    settings.steering.tempo = tempo
    settings.steering.density = density
    settings.changes = (changes ?? []).flatMap(\.changes)
    if let instruments { settings.steering.programs = Set(instruments.flatMap(\.programs)) }
    var asked = Suggestions()
    asked.temperature = temperature
    asked.repeats = repeats
    settings = settings.suited(to: model, asked: asked)
    if let source {
      let beginning = afterBar.map { source.beginning(bars: $0) } ?? source
      settings.primer = beginning.leavingOutSilence().score
    }
    try settings.validate()
    return settings
  }
}

extension [PieceOrder.Change] {
  /// Whether they are in the order of their events.
  fileprivate var isSorted: Bool { zip(self, dropFirst()).allSatisfy { $0.event <= $1.event } }
}

/// Why an order cannot be taken.
public struct OrderError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One line: found and expected.
  public var description: String

  init(_ description: String) { self.description = description }
}
