extension VocabularyConfiguration {
  private struct Field: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
    init(_ name: String) { stringValue = name }
  }

  /// Refuses settings that no vocabulary of the kind has, which decoding a configuration passes over: a name misspelt
  /// would stand for the default, and tokens mean something else.
  ///
  /// - Parameter decoder: where the configuration is read from.
  /// - Throws: `DecodingError` that names the first such setting.
  public static func refuseUnknownSettings(in decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    let type = try fields.decode(String.self, forKey: Field("type"))
    let expected: [String]
    switch type {
    case "performance": expected = PerformanceVocabulary.Configuration.settingNames
    case "tsd", "remi": expected = MetricalConfiguration.settingNames
    case "pianoroll": expected = PianoRollVocabulary.Configuration.settingNames
    default: expected = CodingKeys.allCases.map(\.stringValue).filter { $0 != "type" }
    }
    try check(fields, of: type, expected + ["type"])
    if fields.contains(Field("base")) {
      try refuseUnknownSettings(in: fields.superDecoder(forKey: Field("base")))
    }
    let controllers = Field("controllers")
    if fields.contains(controllers), try !fields.decodeNil(forKey: controllers) {
      try check(
        fields.nestedContainer(keyedBy: Field.self, forKey: controllers), of: "controllers",
        ControllerSettings.settingNames)
    }
  }

  private static func check(
    _ fields: KeyedDecodingContainer<Field>, of owner: String, _ expected: [String]
  ) throws {
    let names = fields.allKeys.map(\.stringValue).sorted()
    guard let unknown = names.first(where: { !expected.contains($0) }) else { return }
    let others = expected.filter { $0 != "type" }.sorted().joined(separator: ", ")
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: fields.codingPath,
        debugDescription: "\(owner) has no setting \(unknown.prefix(40)), expected one of \(others)"
      ))
  }
}
