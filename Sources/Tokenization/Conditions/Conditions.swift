public import Music
import Settings

/// Which conditions a vocabulary tells, and the values of each.
///
/// What is told of a piece stands in slots, in one order for all pieces: a slot for each kind, and for
/// instruments one for each family. Every slot has a token for each of its values and one for "not told",
/// so that any subset may be told.
public struct Conditions: Hashable, Sendable {
  /// One thing that is told, or is not.
  public struct Slot: Hashable, Sendable, Codable {
    /// Its kind.
    public let kind: ConditionKind
    /// Of instruments the family whose presence is told.
    public let family: InstrumentFamily?
    /// The values by their names, as files have them.
    public let values: [String]

    /// The values' names as they are told: keys as musicians spell them.
    public var names: [String] { kind == .key ? Conditions.keys.map(Conditions.name(of:)) : values }

    private enum CodingKeys: String, CodingKey, CaseIterable { case kind, family, values }

    /// The names of the settings.
    static var settingNames: [String] { CodingKeys.allCases.map(\.stringValue) }
  }

  /// The slots, in the order in which they are told.
  public let slots: [Slot]

  /// The most styles that are told apart; pieces of rarer ones are told without.
  public static let mostStyles = 255
  /// The most metres that are told apart.
  public static let mostMetres = 63
  /// The most values of any slot.
  static let mostValues = 255

  /// Collects the values that pieces have.
  ///
  /// - Parameters:
  ///   - kinds: what shall be told.
  ///   - pieces: what is known of the pieces to learn from.
  /// - Throws: ``VocabularyError`` where no piece has a value of some kind.
  public init(
    _ kinds: some Sequence<ConditionKind>, of pieces: [PieceAttributes]
  ) throws(VocabularyError) {
    var slots: [Slot] = []
    for kind in Set(kinds).sorted() {
      guard pieces.contains(where: { $0.tells(kind) }) else {
        let told = ConditionKind.allCases.filter { told in pieces.contains { $0.tells(told) } }
        let list = told.map(\.rawValue).joined(separator: ", ")
        // Styles are told by folders or tables; all else is in the music.
        let hint =
          kind == .style
          ? " (styles are the names of folders, two or more, or stand in a table)" : ""
        throw VocabularyError(
          .setting(
            SettingError(
              "conditions", found: kind.rawValue,
              expected: "what some piece tells, of these \(list.isEmpty ? "nothing" : list)\(hint)")
          )
        )
      }
      slots += Self.slots(kind, of: pieces)
    }
    self.slots = slots
  }

  /// Takes slots from a file.
  init(slots: [Slot]) throws(VocabularyError) {
    var isSound = !slots.isEmpty
    for (index, slot) in slots.enumerated() {
      isSound =
        isSound && (1...Self.mostValues).contains(slot.values.count)
        && Set(slot.values).count == slot.values.count
        && (slot.family != nil) == (slot.kind == .instruments)
        && (slot.kind != .instruments || slot.values == Self.presence)
        && (slot.kind != .key || slot.values == Self.storedKeys)
      // A tempo that is told may be played, too.
      if slot.kind == .tempo {
        isSound = isSound && slot.values.allSatisfy { (1...10_000).contains(Double($0) ?? 0) }
      }
      if index > 0 {
        let last = slots[index - 1]
        let rises =
          last.kind < slot.kind
          || last.kind == slot.kind
            && (last.family.flatMap { family in slot.family.map { family < $0 } } ?? false)
        isSound = isSound && rises
      }
    }
    guard isSound else { throw VocabularyError(.conditions) }
    self.slots = slots
  }

  private static func slots(_ kind: ConditionKind, of pieces: [PieceAttributes]) -> [Slot] {
    func slot(_ values: [String]) -> [Slot] { [Slot(kind: kind, family: nil, values: values)] }
    switch kind {
    case .style:
      return slot(mostFrequent(pieces.compactMap(\.style), count: mostStyles).sorted())
    case .key:
      // Transposition leads to all of them.
      return slot(storedKeys)
    case .metre:
      let metres = mostFrequent(pieces.compactMap(\.metre), count: mostMetres)
      return slot(
        metres.sorted { ($0.denominator, $0.numerator) < ($1.denominator, $1.numerator) }
          .map(\.description))
    case .tempo: return slot(LogarithmicClasses.tempo.names(of: pieces.compactMap(\.tempo)))
    case .density: return slot(LogarithmicClasses.density.names(of: pieces.compactMap(\.density)))
    case .instruments:
      let families = pieces.compactMap(\.instruments).reduce(into: Set()) { $0.formUnion($1) }
      return families.sorted().map { Slot(kind: kind, family: $0, values: presence) }
    }
  }

  private static let presence = ["without", "with"]
  /// The place of the value of a family that plays.
  static let isPresent = 1

  private static let keys: [Key] = [false, true].flatMap { isMinor in
    (0..<12).map { Key(tonic: $0, isMinor: isMinor) }
  }

  /// The keys' names in files, which stay as they are once models have them: minor keys are spelt as major ones.
  private static let storedKeys: [String] = keys.map { key in
    let major = Key(tonic: key.tonic, isMinor: false).description.prefix { $0 != " " }
    return "\(major)-\(key.isMinor ? "minor" : "major")"
  }

  /// A key's name as it is typed, such as `D-minor`.
  public static func name(of key: Key) -> String {
    String(key.description.map { $0 == " " ? "-" : $0 })
  }

  /// The most frequent values, of those equally frequent the first.
  private static func mostFrequent<Value: Hashable>(_ values: [Value], count: Int) -> [Value] {
    var frequencies: [Value: (count: Int, first: Int)] = [:]
    for (index, value) in values.enumerated() {
      frequencies[value, default: (0, index)].count += 1
    }
    return frequencies.sorted {
      ($1.value.count, $0.value.first) < ($0.value.count, $1.value.first)
    }
    .prefix(count).map(\.key)
  }
}

extension Conditions {
  /// The value of a slot that a piece has; nil where it is not known, or none of the slot's.
  ///
  /// - Parameters:
  ///   - slot: the slot.
  ///   - attributes: what is known of the piece.
  /// - Returns: the value's place among the slot's values.
  func value(of slot: Slot, in attributes: PieceAttributes) -> Int? {
    if slot.kind == .key { return attributes.key.flatMap { Self.keys.firstIndex(of: $0) } }
    return Self.name(of: slot, in: attributes).flatMap { slot.values.firstIndex(of: $0) }
  }

  private static func name(of slot: Slot, in attributes: PieceAttributes) -> String? {
    switch slot.kind {
    case .style: attributes.style
    case .key: attributes.key.map { name(of: $0) }
    case .metre: attributes.metre?.description
    case .tempo: attributes.tempo.map { LogarithmicClasses.tempo.name(of: $0) }
    case .density: attributes.density.map { LogarithmicClasses.density.name(of: $0) }
    case .instruments:
      attributes.instruments.flatMap { families in
        slot.family.map { presence[families.contains($0) ? isPresent : 0] }
      }
    }
  }

  /// How many tokens each slot has, "not told" among them.
  public var slotSizes: [Int] { slots.map { 1 + $0.values.count } }

  /// The kinds that are told, in their order.
  public var kinds: [ConditionKind] {
    slots.reduce(into: []) { kinds, slot in
      if kinds.last != slot.kind { kinds.append(slot.kind) }
    }
  }

  /// The values of a kind by their names: families of instruments, or a slot's values.
  ///
  /// - Parameter kind: the kind.
  /// - Returns: the values; none where the kind is not told.
  public func values(of kind: ConditionKind) -> [String] {
    slots.filter { $0.kind == kind }.flatMap { slot in
      slot.family.map { [$0.rawValue] } ?? slot.names
    }
  }

  /// The style that is called so: as it is written, else the only one that differs in capitals alone.
  ///
  /// - Parameter name: the name.
  /// - Returns: the style; nil where none is called so, or several are.
  public func style(called name: String) -> String? {
    let styles = values(of: .style)
    if styles.contains(name) { return name }
    let alike = styles.filter { $0.lowercased() == name.lowercased() }
    return alike.count == 1 ? alike[0] : nil
  }

  /// Whether a kind is told.
  public func tells(_ kind: ConditionKind) -> Bool { slots.contains { $0.kind == kind } }

  /// Draws which kinds are hidden from a network that learns from a piece, so that it can be told any
  /// subset, and nothing at all.
  ///
  /// - Parameters:
  ///   - share: in which each kind is hidden on average. Of a piece the chance is drawn evenly from 0 to
  ///     twice the share, so that with a half as many kinds are told as hidden, and each number of them as
  ///     often as any other: what is asked for later is often a single one.
  ///   - generator: where the numbers come from.
  /// - Returns: the hidden kinds.
  public func kinds(
    hiding share: Float, using generator: inout some RandomNumberGenerator
  ) -> Set<ConditionKind> {
    let chance = 2 * share * Float.random(in: 0..<1, using: &generator)
    return Set(kinds.filter { _ in Float.random(in: 0..<1, using: &generator) < chance })
  }

  /// Refuses what is asked for of a kind that is told, and has no value of that name.
  ///
  /// - Parameter attributes: what is asked for; kinds that are not told do not matter.
  /// - Throws: ``VocabularyError`` for the first value that is not known, with those that are, the nearest
  ///   first.
  public func check(_ attributes: PieceAttributes) throws(VocabularyError) {
    for slot in slots where slot.family == nil && attributes.tells(slot.kind) {
      guard value(of: slot, in: attributes) == nil,
        let name = Self.number(of: slot.kind, in: attributes) ?? Self.name(of: slot, in: attributes)
      else { continue }
      throw Self.unknown(name, of: slot.kind, among: nearest(to: name, of: slot))
    }
    let known = Set(slots.compactMap(\.family))
    guard !known.isEmpty, let families = attributes.instruments else { return }
    if let other = families.subtracting(known).min() {
      throw Self.unknown(
        other.rawValue, of: .instruments, among: known.sorted().map(\.rawValue))
    }
  }

  /// The number that is asked for of a kind whose values are classes of numbers, as it is typed; nil for other kinds.
  private static func number(of kind: ConditionKind, in attributes: PieceAttributes) -> String? {
    let number: Double? =
      switch kind {
      case .tempo: attributes.tempo
      case .density: attributes.density
      case .style, .key, .metre, .instruments: nil
      }
    return number.map { $0 == $0.rounded() && abs($0) < 1e15 ? "\(Int($0))" : "\($0)" }
  }

  /// How many known values are told where one is not known.
  private static let mostShown = 24

  private static func unknown(
    _ name: String, of kind: ConditionKind, among known: [String]
  ) -> VocabularyError {
    let rest = known.count > mostShown ? " and \(known.count - mostShown) more" : ""
    let list = known.prefix(mostShown).joined(separator: ", ") + rest
    return VocabularyError(
      .setting(SettingError(kind.rawValue, found: name, expected: "one of \(list)")))
  }

  /// A slot's values, those nearest to a name first: in number where they are numbers, in letters
  /// otherwise.
  private func nearest(to name: String, of slot: Slot) -> [String] {
    switch slot.kind {
    case .tempo, .density:
      let asked = Double(name) ?? 0
      return slot.values.sorted { abs((Double($0) ?? 0) - asked) < abs((Double($1) ?? 0) - asked) }
    case .key, .metre, .instruments: return slot.names
    case .style:
      let distances = slot.values.map { $0.lowercased().editDistance(to: name.lowercased()) }
      return slot.values.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }
        .map { slot.values[$0] }
    }
  }
}

extension Conditions: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable { case slots }

  /// The names of the settings.
  static var settingNames: [String] { CodingKeys.allCases.map(\.stringValue) }

  /// Reads conditions.
  ///
  /// - Throws: ``VocabularyError`` where they contradict themselves.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(slots: try container.decode([Slot].self, forKey: .slots))
  }

  /// Writes the slots.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(slots, forKey: .slots)
  }
}
