import Corpora
import Modeling
import Ranks
import Recurrent
import Reproducibility
import Settings
import Tokenization

extension TrainingSettings {
  /// Checks that all settings are in their ranges.
  ///
  /// - Throws: ``TrainingError`` naming the first that is not.
  public func validate() throws(TrainingError) {
    do {
      try network.validate()
    } catch {
      throw TrainingError(.network(error))
    }
    do {
      try checkRanges()
    } catch {
      throw TrainingError(.setting(error))
    }
  }

  private func checkRanges() throws(SettingError) {
    func check(
      _ key: String, _ found: some CustomStringConvertible, _ holds: Bool, _ expected: String
    ) throws(SettingError) { try SettingError.check(key, found, holds, expected) }

    if let batch { try SettingError.check("batch", batch, in: 1...4096) }
    try SettingError.check("window", window, in: 1...65_536)
    try check("windowJitter", windowJitter, (0...0.5).contains(windowJitter), "0 to 0.5")
    let peak = schedule.peak
    try check("learningRate", peak, peak > 0 && peak.isFinite, "more than 0")
    switch clipping {
    case .globalNorm(let limit), .value(let limit):
      try check("clipping", limit, limit > 0 && limit.isFinite, "more than 0")
    }
    try schedule.shape.validate()
    for (key, share) in [
      ("momentum", optimizer.momentum), ("beta1", optimizer.beta1), ("beta2", optimizer.beta2),
    ] {
      try check(key, share, (0..<1).contains(share), "0 or more and less than 1")
    }
    let epsilon = optimizer.epsilon
    try check("epsilon", epsilon, epsilon > 0 && epsilon.isFinite, "more than 0")
    let decay = optimizer.weightDecay
    try check("weightDecay", decay, decay >= 0 && decay.isFinite, "0 or more")
    let warmup = schedule.warmupSteps
    try check("warmupSteps", warmup, (0...1_000_000_000).contains(warmup), "0 or more")
    let share = "0 or more and less than 1"
    try check("labelSmoothing", labelSmoothing, (0..<1).contains(labelSmoothing), share)
    for (key, factor) in [
      ("activationRegularization", activationRegularization),
      ("temporalActivationRegularization", temporalActivationRegularization),
    ] {
      try check(key, factor, factor >= 0 && factor.isFinite, "0 or more")
    }
    try check(
      "scheduledSampling", scheduledSampling, (0...1).contains(scheduledSampling), "0 to 1")
    try check("ownKeys", ownKeys, (0..<1).contains(ownKeys), share)
    if let averageDecay {
      try check("averageDecay", averageDecay, (0..<1).contains(averageDecay), share)
    }
    if let averageTrigger {
      try SettingError.check("averageTrigger", averageTrigger, in: 1...1_000)
      try check(
        "averageDecay", averageDecay ?? 0, averageDecay == nil,
        "none where the average is triggered")
      // Their mean would hold weights of transposed pieces too.
      try check("ownKeys", ownKeys, ownKeys == 0, "0 where the average is triggered")
    }
    if let conditionDropout {
      try check(
        "conditionDropout", conditionDropout, (0...0.5).contains(conditionDropout), "0 to 0.5")
    }
    if let frozenLayers {
      try check(
        "frozenLayers", frozenLayers, (0...network.layerCount).contains(frozenLayers),
        "0 to the network's \(network.layerCount) layers")
    }
    if let patience { try check("patience", patience, patience >= 1, "1 or more") }
    if let shards { try SettingError.check("shards", shards, in: 1...4096) }
    if let accumulation { try SettingError.check("accumulation", accumulation, in: 1...4096) }
    if let localSteps {
      try SettingError.check("localSteps", localSteps, in: 1...100_000)
      // A weight in eight bits would lose the steps that are averaged.
      try check(
        "reduction", RankSum.bf16.rawValue, reduction != .bf16,
        "exact or fast where processes take steps by themselves")
    }
    let (semitones, stretch) = (augmentation.semitones, augmentation.stretch)
    try check("semitones", semitones, (0...12).contains(semitones), "0 to 12 semitones")
    try check("stretch", stretch, (0...0.5).contains(stretch), "0 to 0.5")
    try SettingError.check("velocity", augmentation.velocity, in: 0...64)
    if case .fraction(let fraction) = heldOut {
      try check("heldOut", fraction, (0..<1).contains(fraction), share)
    }
    switch length {
    case .epochs(let epochs): try check("epochs", epochs, epochs >= 1, "1 or more")
    case .steps(let steps): try check("steps", steps, steps >= 1, "1 or more")
    case .seconds(let seconds):
      try check("seconds", "\(seconds) s", seconds > 0 && seconds.isFinite, "more than 0")
    }
  }

  /// How many tokens each slot of conditions has that the network hears at every event; nil for none.
  var conditionSlots: [Int]? {
    guard keepsConditions ?? true, case .conditioned(_, let conditions) = vocabulary else {
      return nil
    }
    return conditions.slotSizes
  }

  /// The network that is trained on a vocabulary: of its size, and hearing what it gives.
  ///
  /// - Parameter vocabularySize: how many tokens the vocabulary has.
  /// - Returns: the configuration.
  func network(vocabularySize: Int) -> NetworkConfiguration {
    var configuration = network
    configuration.vocabularySize = vocabularySize
    configuration.conditionSlots = conditionSlots
    configuration.heardGroups = (try? vocabulary.makeVocabulary()).flatMap(HeardGroups.init(of:))
    return configuration
  }

  /// Checks that a model's training can go on with these settings.
  func check(continues base: Model) throws(TrainingError) {
    let known = base.vocabulary.configuration
    guard vocabulary == known else {
      throw TrainingError(
        .setting(
          SettingError(
            "vocabulary", found: vocabulary.name,
            expected: "the vocabulary of the model to start from, \(known.name)")))
    }
  }

  /// The settings as JSON with sorted keys: equal settings give equal text.
  public var json: String { CanonicalJSON.line(of: self) }
}

extension LearningRateSchedule.Shape {
  fileprivate func validate() throws(SettingError) {
    func check(factor: Float) throws(SettingError) {
      try SettingError.check("factor", factor, factor > 0 && factor <= 1, "more than 0, at most 1")
    }
    switch self {
    case .constant: break
    case .cosine(let steps, let floor):
      try SettingError.check("steps", steps, steps >= 0, "0 or more")
      try SettingError.check("floor", floor, (0...1).contains(floor), "0 to 1")
    case .step(let every, let factor):
      try SettingError.check("every", every, every >= 1, "1 or more")
      try check(factor: factor)
    case .plateau(let patience, let factor):
      try SettingError.check("patience", patience, patience >= 1, "1 or more")
      try check(factor: factor)
    }
  }
}
