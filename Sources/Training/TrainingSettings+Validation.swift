import Corpora
import FoundationEssentials
import Modeling
import Recurrent
import Tokenization

extension TrainingSettings {
  /// Checks that all settings are in their ranges.
  ///
  /// - Throws: ``TrainingError`` naming the first that is not.
  public func validate() throws(TrainingError) {
    func check(
      _ holds: Bool, _ name: String, _ value: some CustomStringConvertible, _ expected: String
    ) throws(TrainingError) {
      guard holds else {
        throw TrainingError(.setting(name: name, value: value.description, expected: expected))
      }
    }
    do {
      try network.validate()
    } catch {
      throw TrainingError(.network(error))
    }
    if let batch { try check((1...4096).contains(batch), "batch", batch, "1 to 4096") }
    try check((1...65_536).contains(window), "window", window, "1 to 65536")
    try check(
      schedule.peak > 0 && schedule.peak.isFinite, "learning-rate", schedule.peak, "more than 0")
    switch clipping {
    case .globalNorm(let limit), .value(let limit):
      try check(limit > 0 && limit.isFinite, "clip", limit, "more than 0")
    }
    try check(
      optimizer.weightDecay >= 0 && optimizer.weightDecay.isFinite, "weight-decay",
      optimizer.weightDecay, "0 or more")
    try check(
      (0...1_000_000_000).contains(schedule.warmupSteps), "warmup", schedule.warmupSteps,
      "0 or more")
    try check(
      (0..<1).contains(labelSmoothing), "label-smoothing", labelSmoothing,
      "0 or more and less than 1")
    if let averageDecay {
      try check(
        (0..<1).contains(averageDecay), "average", averageDecay, "0 or more and less than 1")
    }
    if let frozenLayers {
      try check(
        (0...network.layerCount).contains(frozenLayers), "freeze", frozenLayers,
        "0 to the network's \(network.layerCount) layers")
    }
    if let patience { try check(patience >= 1, "patience", patience, "1 or more") }
    if let shards { try check((1...4096).contains(shards), "shards", shards, "1 to 4096") }
    try check(
      (0...12).contains(variation.semitones), "transpose", variation.semitones, "0 to 12 semitones")
    try check(
      (0...0.5).contains(variation.stretch), "stretch", variation.stretch, "0 to 0.5")
    try check((0...64).contains(variation.velocity), "velocity", variation.velocity, "0 to 64")
    if case .fraction(let fraction) = heldOut {
      try check((0..<1).contains(fraction), "valid", fraction, "0 or more and less than 1")
    }
    switch length {
    case .epochs(let epochs): try check(epochs >= 1, "epochs", epochs, "1 or more")
    case .steps(let steps): try check(steps >= 1, "steps", steps, "1 or more")
    case .seconds(let seconds):
      try check(seconds > 0 && seconds.isFinite, "time", "\(seconds) s", "more than 0")
    }
  }

  /// Checks that a model's training can go on with these settings.
  func check(continues base: Model) throws(TrainingError) {
    let known = base.vocabulary.configuration
    guard vocabulary == known else {
      throw TrainingError(
        .setting(
          name: "vocabulary", value: vocabulary.name,
          expected: "the vocabulary of the model to start from, \(known.name)"))
    }
  }

  /// The settings as JSON with sorted keys: equal settings give equal text.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("settings without a JSON form")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
