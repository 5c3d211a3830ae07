import Settings

/// A pedal or wheel that a vocabulary can tell of besides notes.
public enum Controller: String, CaseIterable, Hashable, Sendable, Codable {
  /// The sustain pedal, controller 64.
  case pedal
  /// Expression, controller 11: the loudness of notes while they sound.
  case expression
  /// The bend wheel.
  case bend
}

/// Of which pedals and wheels a vocabulary tells, and how finely.
///
/// They move on the grid of the notes, at each of its steps once at most. A program's wheels move while it sounds, and
/// so does its pedal go down; what is moved in silence is told with the next note. So a piece that is never bent has
/// no more tokens than without, and one with a curve of thousands of messages a second no more than its grid has steps.
public struct ControllerSettings: Hashable, Sendable {
  /// Whether the sustain pedal is told; then notes are as long as their keys are down.
  public var pedal = false
  /// How many values of expression are told apart, 2 to 128; 0 where it is not told.
  public var expression = 0
  /// How many positions of the bend wheel are told apart, an odd number from 3 to 1,023, the middle among them; 0
  /// where it is not told.
  public var bend = 0
  /// How far the bend wheel reaches, in semitones, 1 to 24; what is bent further is told as far as that.
  public var bendSemitones = 2

  /// How many values of expression are told apart if nothing else is asked for.
  public static let usualExpression = 32
  /// How many positions of the bend wheel are told apart if nothing else is asked for: at a reach of two semitones
  /// an eighth of one lies between them.
  public static let usualBend = 33

  /// Creates settings by which nothing is told.
  public init() {}

  /// Creates settings by which some are told as finely as is usual.
  public init(_ controllers: some Sequence<Controller>) {
    for controller in controllers {
      switch controller {
      case .pedal: pedal = true
      case .expression: expression = Self.usualExpression
      case .bend: bend = Self.usualBend
      }
    }
  }

  /// The controllers that are told.
  public var told: [Controller] { Controller.allCases.filter { count(of: $0) > 0 } }

  /// How many values of a controller are told apart.
  func count(of controller: Controller) -> Int {
    switch controller {
    case .pedal: pedal ? 2 : 0
    case .expression: expression
    case .bend: bend
    }
  }

  func validate() throws(VocabularyError) {
    if expression != 0 { try VocabularyError.check("expression", expression, in: 2...128) }
    if bend != 0 {
      try VocabularyError.check("bend", bend, in: 3...1_023)
      guard !bend.isMultiple(of: 2) else {
        throw VocabularyError(
          .setting(
            .init("bend", found: bend, expected: "an odd number, so that one is the middle")))
      }
    }
    try VocabularyError.check("bendSemitones", bendSemitones, in: 1...24)
  }
}

extension ControllerSettings: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case pedal, expression, bend, bendSemitones
  }

  /// The names of the settings.
  static var settingNames: [String] { CodingKeys.allCases.map(\.stringValue) }

  /// Reads settings; those left out have their defaults.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try container.read(.pedal, into: &pedal)
    try container.read(.expression, into: &expression)
    try container.read(.bend, into: &bend)
    try container.read(.bendSemitones, into: &bendSemitones)
  }
}

extension VocabularyConfiguration {
  /// Of which pedals and wheels tokens tell; nil where of none.
  public var controllers: ControllerSettings? {
    switch plain {
    case .performance(let settings): settings.controllers
    case .tsd(let settings), .remi(let settings): settings.controllers
    case .pianoroll, .merged, .conditioned, .accompanied: nil
    }
  }

  /// The vocabulary's name, and what pedals and wheels it tells of.
  public var fullName: String {
    guard let told = controllers?.told, !told.isEmpty else { return name }
    return "\(name), \(told.map(\.rawValue).joined(separator: ", "))"
  }
}
