public import Modeling
import Recurrent
import Tokenization

extension GenerationSettings {
  /// Takes over what a model suggests.
  ///
  /// - Parameter suggestions: the suggestions; what they leave out stays as it is, and a limit of 0 takes back one.
  public mutating func apply(_ suggestions: Suggestions) {
    sampling.temperature = suggestions.temperature ?? sampling.temperature
    sampling.topP = suggestions.topP ?? sampling.topP
    sampling.minP = suggestions.minP ?? sampling.minP
    repeats = suggestions.repeats ?? repeats
    guidance = suggestions.guidance ?? guidance
    toldKeyStrength = suggestions.keyStrength ?? toldKeyStrength
    steering.cadences = suggestions.cadences ?? steering.cadences
    if let polyphony = suggestions.polyphony {
      steering.polyphony = polyphony == 0 ? nil : polyphony
    }
    if let seconds = suggestions.longestNoteSeconds {
      longestNoteSeconds = seconds == 0 ? nil : seconds
    }
  }
}

extension GenerationSettings {
  /// The settings in which a model writes what is asked for: what it suggests where nothing else is asked
  /// for, and told to it as far as it can be told.
  ///
  /// - Parameters:
  ///   - model: who writes.
  ///   - asked: what was asked for of what a model may suggest.
  ///   - keepingSteering: whether the sampler shall go on leaning to what the model is told.
  /// - Returns: the settings.
  public func suited(
    to model: Model, asked: Suggestions, keepingSteering: Bool = false
  ) -> GenerationSettings {
    var settings = self
    if let suggestions = model.provenance.suggestions { settings.apply(suggestions) }
    settings.apply(asked)
    settings = settings.tellingConditions(to: model, keepingSteering: keepingSteering)
    // What a model suggests is no error where there is nothing to sharpen.
    if asked.guidance == nil, !settings.tellsConditions(to: model) { settings.guidance = 1 }
    return settings
  }
}

extension Model {
  /// Checks what its maker suggests.
  ///
  /// - Throws: ``GenerationError`` naming the first setting that is out of its range, or does nothing with
  ///   this model.
  public func checkSuggestions() throws(GenerationError) {
    guard let suggestions = provenance.suggestions else { return }
    if let seconds = suggestions.longestNoteSeconds {
      // A model's file can hold no other.
      try GenerationError.check(
        "longestNote", "\(seconds) s", seconds >= 0 && seconds.isFinite,
        "a finite number, 0 or more")
    }
    var settings = GenerationSettings()
    settings.apply(suggestions)
    try settings.validate()
    if let repeats = suggestions.repeats, network.configuration.recall == nil {
      try GenerationError.check("repeats", repeats, repeats == 1, "1 as it recalls nothing")
    }
    if let guidance = suggestions.guidance, vocabulary.knownConditions == nil {
      try GenerationError.check("guidance", guidance, guidance == 1, "1 as it knows no conditions")
    }
    if let strength = suggestions.keyStrength, vocabulary.knownConditions?.tells(.key) != true {
      try GenerationError.check("keyStrength", strength, strength == 0, "0 as it knows no keys")
    }
    if let strength = suggestions.cadences {
      let knowsKeys = vocabulary.knownConditions?.tells(.key) == true
      try GenerationError.check(
        "cadences", strength, strength == 0 || knowsKeys, "0 as it knows no keys")
      try GenerationError.check(
        "cadences", strength, strength == 0 || abilities.countsBars, "0 as it counts no bars")
    }
  }
}
