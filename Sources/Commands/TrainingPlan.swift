import MuseGen

/// What a new run is to do: its settings and where its network starts.
struct TrainingPlan {
  var settings: TrainingSettings
  /// Which merges to learn.
  var merges: VocabularyOptions
  /// The model that is trained further.
  var base: Model?
  /// The settings, by their flags' names, that are to be chosen for the corpus and the machine.
  var choosing: Set<String> = []

  /// Chooses what is left to be chosen, and says why in one line.
  ///
  /// What is chosen becomes part of the settings: a resumed run does not choose again.
  mutating func chooseSize(
    for corpus: Corpus, trainingPieces: [Int], terminal: Terminal
  ) throws {
    guard !choosing.isEmpty, case .seconds(let seconds) = settings.length else { return }
    let tokens = trainingPieces.reduce(0) {
      $0 + corpus.pieces[$1].tokens.count - 1
    }
    guard tokens > 0 else { return }
    terminal.transient("measuring how fast this machine trains")
    let choice: SizeChoice
    do {
      settings.network.vocabularySize = try settings.vocabulary.makeVocabulary().count
      choice = SizeChoice(
        settings, seconds: seconds, tokensPerEpoch: tokens,
        operationsPerSecond: try settings.measureSpeed(tokensPerEpoch: tokens))
    } catch let error as NetworkError {
      throw Failure(.usage, "\(error)")
    }
    settings.network.layerCount = choice.layerCount
    settings.network.hiddenSize = choice.hiddenSize
    settings.network.embeddingSize = choice.embeddingSize
    if choosing.contains("dropout") { settings.network.dropout = choice.dropout }
    if choosing.contains("learning-rate") { settings.schedule.peak = choice.learningRate }
    if choosing.contains("average") { settings.averageDecay = choice.averageDecay }
    settings.length = .seconds(choice.seconds)
    terminal.line(
      "chose \(choice.layerCount) x \(choice.hiddenSize), dropout \(settings.network.dropout): at "
        + "\(grouped(Int(min(choice.tokensPerSecond, 1e12)))) events/s \(Duration.text(choice.seconds)) are "
        + "\(decimals(choice.epochs, choice.epochs < 10 ? 1 : 0)) passes over "
        + "\(grouped(tokens)) events"
        + (choice.seconds < seconds ? "; more would not help" : ""))
  }
}
