import Settings

extension VocabularyConfiguration {
  /// Refuses settings that no vocabulary of the kind has, which decoding a configuration passes over: a name misspelt
  /// would stand for the default, and tokens mean something else.
  ///
  /// - Parameter decoder: where the configuration is read from.
  /// - Throws: `DecodingError` that names the first such setting.
  public static func refuseUnknownSettings(in decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: SettingName.self)
    let type = try fields.decode(String.self, forKey: SettingName("type"))
    let expected: [String]
    switch type {
    case "performance": expected = PerformanceVocabulary.Configuration.settingNames
    case "tsd", "remi": expected = MetricalConfiguration.settingNames
    case "pianoroll": expected = PianoRollVocabulary.Configuration.settingNames
    default: expected = CodingKeys.allCases.map(\.stringValue).filter { $0 != "type" }
    }
    try fields.refuseUnknown(of: type, but: expected + ["type"])
    if fields.contains(SettingName("base")) {
      try refuseUnknownSettings(in: fields.superDecoder(forKey: SettingName("base")))
    }
    try fields.refuseUnknown(in: "controllers", but: ControllerSettings.settingNames)
    try fields.refuseUnknown(in: "resolutions", but: MetricalConfiguration.Resolution.settingNames)
    try fields.refuseUnknown(in: "signatures", but: MetricalConfiguration.Signature.settingNames)
    try fields.refuseUnknown(in: "conditions", but: Conditions.settingNames)
    if fields.contains(SettingName("conditions")) {
      try fields.nestedContainer(keyedBy: SettingName.self, forKey: SettingName("conditions"))
        .refuseUnknown(in: "slots", but: Conditions.Slot.settingNames)
    }
  }
}
