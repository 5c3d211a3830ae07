import Drawing
import MuseGen

/// What a new run is to do: its settings and where its network starts.
struct TrainingPlan {
  var settings: TrainingSettings
  /// Which merges to learn.
  var merges: VocabularyOptions
  /// The model that is trained further.
  var base: Model?
  /// What stays as it is where the size is chosen for the corpus and the machine; nil where it is not.
  var keeping: Set<SizeChoice.Setting>?

  /// What a size brings with it, by its flag.
  static let companions: [String: SizeChoice.Setting] = [
    "dropout": .dropout, "learning-rate": .learningRate, "average": .averageDecay,
  ]
  /// The flags of all that is chosen.
  static let chosenNames = NetworkOptions.sizeNames.union(companions.keys)

  /// Chooses what is left to be chosen, and says why in one line.
  mutating func chooseSize(for corpus: Corpus, terminal: Terminal) throws {
    guard let keeping, case .seconds(let seconds) = settings.length else { return }
    terminal.transient("measuring how fast this machine trains")
    guard
      let choice = try Failure.training({ try settings.chooseSize(for: corpus, keeping: keeping) })
    else { return }
    terminal.line(
      "chose \(choice.layerCount) x \(choice.hiddenSize), dropout \(settings.network.dropout): at "
        + "\(Int(min(choice.tokensPerSecond, 1e12)).grouped) events/s \(ClockText.duration(choice.seconds)) are "
        + "\(choice.epochs.decimals(choice.epochs < 10 ? 1 : 0)) passes over "
        + "\(choice.tokensPerEpoch.grouped) events"
        + (choice.seconds < seconds ? "; more would not help" : ""))
  }
}
