package import Settings

/// The flags by which the libraries' settings are given.
package enum SettingFlag {
  /// The long names of flags that are not their setting's name in kebab case.
  static let exceptions = [
    "accumulation": "accumulate",
    "averageDecay": "average",
    "averageTrigger": "average",
    "beamWidth": "beam",
    "changes": "then",
    "chorusLevel": "chorus",
    "chorusVoices": "chorus",
    "clipping": "clip",
    "embeddingSize": "embedding",
    "finalTemperature": "temperature",
    "framesPerWhole": "frame",
    "frozenLayers": "freeze",
    "heldOut": "valid",
    "hiddenSize": "hidden",
    "highestPitch": "pitches",
    "layerCount": "layers",
    "longestNoteSeconds": "longest-note",
    "longestRestSeconds": "longest-rest",
    "lowestPitch": "pitches",
    "numberOfLayers": "layers",
    "peakLevel": "normalize",
    "reduction": "reduce",
    "reverbRoomSize": "reverb",
    "roomSize": "reverb",
    "seconds": "time",
    "semitones": "transpose",
    "typicalP": "typical",
    "vocabularySize": "vocabulary",
    "warmupSteps": "warmup",
    "width": "beam",
  ]

  /// The flag by which a setting is given.
  ///
  /// - Parameter key: the setting's name in code, such as `learningRate`.
  /// - Returns: the flag, such as `--learning-rate`; nil where no command has one.
  package static func flag(for key: String) -> String? {
    let name = exceptions[key] ?? kebabCase(key)
    return all.contains(name) ? "--\(name)" : nil
  }

  /// The flags of all commands.
  private static let all = MuseGenCommand.family.reduce(into: Set<String>()) { flags, command in
    flags.formUnion((command as? any FlagChecking.Type)?.listedFlags ?? [])
  }

  /// `learningRate` as `learning-rate`.
  static func kebabCase(_ key: String) -> String {
    key.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
  }
}

extension Failure {
  /// A setting out of its range, told by the flag that gives it.
  package init(_ error: SettingError) {
    self.init(.usage, error.line(naming: SettingFlag.flag(for: error.key) ?? error.key))
  }
}
