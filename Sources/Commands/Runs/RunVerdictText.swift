import Drawing
import FileStorage
import MuseGen

/// What a run's verdict is in two plain sentences: how it went, and what would help.
struct RunVerdictText {
  let verdict: RunVerdict
  /// The run's folder, as it is to be typed.
  let path: String
  let state: RunSummary.State
  let description: RunDescription?

  /// Looks at a run's folder; nil where it took no step, or its loss broke.
  ///
  /// - Throws: `FileError` where there is no log.
  init?(ofRunIn path: String, state: RunSummary.State = .finished) throws(FileError) {
    let description = RunFolder.description(in: path)
    let log = try RunLogLine.all(in: path)
    let steps = log.reversed().lazy.compactMap { line in
      if case .step(let step) = line.event { step.step } else { nil }
    }.first
    let samples = RunFolder.latestSamples(in: path, steps: steps ?? 0)
    guard state != .diverged,
      let verdict = RunVerdict(of: log, description: description, samples: samples)
    else { return nil }
    self.verdict = verdict
    self.path = path
    self.state = state
    self.description = description
  }

  /// The sentences, the second of which a run that goes on has no use for.
  var lines: [String] {
    let told = sound.map { "\(course.trimmingSuffix(".")); \($0)." } ?? course
    return state == .running ? [told] : [told, advice]
  }

  private var isClassifier: Bool { description?.labels != nil }

  /// How it went.
  private var course: String {
    let steps = verdict.steps.grouped
    let best = (verdict.bestStep ?? 0).grouped
    let measure =
      isClassifier ? "the share of the held-out pieces told right" : "the held-out loss"
    switch verdict.course {
    case .nothingHeldOut:
      return
        "Nothing was held out, so nothing tells whether it knows more than its pieces by heart."
    case .tooSoon:
      return "It has run too short to tell how it goes: \(verdict.steps.counted("step"))."
    case .falling:
      return isClassifier
        ? "\(measure.capitalizedFirst) was still growing at the end, by \(share(verdict.fall))\(since)."
        : "\(measure.capitalizedFirst) was still falling at the end, by \(share(verdict.fall))\(since)."
    case .learnedByHeart:
      return "It was best at step \(best) of \(steps); from there on it learned its "
        + (verdict.isCorpusSmall
          ? "\(fewPieces) by heart: the corpus is too small."
          : "pieces by heart.")
    case .unsteady:
      return
        "It was best at step \(best) of \(steps); then \(measure) grew worse, and the training "
        + "loss too."
    case .noBetterThanCounting:
      return "It does no better on held-out pieces than "
        + (isClassifier
          ? "naming the commonest label does." : "knowing only the event before does.")
    case .settled:
      return "\(measure.capitalizedFirst) has settled: it was best at step \(best) of \(steps) and "
        + "hardly changes."
    }
  }

  private var since: String {
    verdict.fallStart.map { " since step \($0.grouped)" } ?? ""
  }

  /// What the samples sound like beside the music, at most two things; nil where nothing is to be told.
  private var sound: String? {
    let told = verdict.sound.prefix(2)
    guard let count = told.map(\.count).max() else { return nil }
    let words = told.map { $0.words(isOne: count == 1) }
    return (count == 1 ? "its last sample " : "its samples ") + words.joined(separator: " and ")
  }

  private var fewPieces: String {
    guard let corpus = description?.corpus else { return "pieces" }
    let pieces = corpus.pieces - corpus.heldOut.count - corpus.leftOut.count
    return "\(pieces.counted("piece")) of \(corpus.tokensPerEpoch.grouped) events"
  }

  /// What would help.
  private var advice: String {
    switch verdict.course {
    case .nothingHeldOut: "Hold some pieces out (--valid 0.1), or listen (--sample-every 5m)."
    case .tooSoon, .falling: "Train on: \(command)"
    case .learnedByHeart, .noBetterThanCounting:
      if verdict.isCorpusSmall {
        "Only more music helps: name more folders, or train a model further that knows more "
          + "(--from piano)."
      } else if verdict.course == .learnedByHeart {
        "More music would help most; else \(dropout) or a smaller network\(flag(hidden(1, 2)))."
      } else {
        "Give it more steps, a larger network\(flag(hidden(2, 1))) or more music."
      }
    case .unsteady: "A lower learning rate would help\(flag(learningRate))."
    case .settled:
      if verdict.isCorpusSmall {
        "Only more music helps: name more folders, or train a model further that knows more "
          + "(--from piano)."
      } else if knowsItsOwnBetter {
        "It knows its own pieces better than others: more music or \(dropout) may help."
      } else {
        "A larger network may learn more\(flag(hidden(2, 1)))."
      }
    }
  }

  /// Whether the training loss, for all its dropout, is well below that on other pieces.
  private var knowsItsOwnBetter: Bool {
    verdict.heldOutNats.map { verdict.trainingNats < 0.9 * $0 } ?? false
  }

  /// The command that trains on: to the run's end, or twice as far where it has come there.
  private var command: String {
    let resume = "musegen train --resume \(path.shellQuoted)"
    guard state == .finished, let length = description?.settings.length else { return resume }
    return switch length {
    case .epochs(let epochs): "\(resume) --epochs \(2 * min(epochs, .max / 2))"
    case .steps(let steps): "\(resume) --steps \(2 * min(steps, .max / 2))"
    case .seconds(let seconds): "\(resume) --time \(Int(min(2 * seconds, 1e9).rounded(.up)))s"
    }
  }

  private var dropout: String {
    guard let dropout = description?.settings.network.dropout else { return "more dropout" }
    let more = min((Double(dropout) * 20 + 3).rounded() / 20, 0.7)
    return "more dropout" + flag(more > Double(dropout) ? "--dropout \(more)" : nil)
  }

  /// Another size than the run's, as a flag.
  private func hidden(_ factor: Int, _ divisor: Int) -> String? {
    description.map { "--hidden \(max(8, $0.settings.network.hiddenSize * factor / divisor))" }
  }

  private var learningRate: String? {
    description.map { "--learning-rate \($0.settings.schedule.peak / 2)" }
  }

  private func flag(_ flag: String?) -> String { flag.map { " (\($0))" } ?? "" }

  private func share(_ share: Double?) -> String { "\((100 * (share ?? 0)).decimals(1)) %" }
}

extension SampleDifference {
  /// The difference in words, with what is heard of it, that follow "its samples" or "its last sample".
  fileprivate func words(isOne: Bool) -> String {
    let isLess = samples < music
    let numbers = "\(format(samples)) for \(format(music))"
    switch feature {
    case .noteDensity:
      let what = isLess ? "sparser" : "denser"
      return "\(isOne ? "is" : "are") \(what) than the music (\(numbers) notes a second)"
    case .polyphony:
      let what = isLess ? "thinner" : "thicker"
      return "\(isOne ? "is" : "are") \(what) than the music (\(numbers) notes at once)"
    case .scaleConsistency:
      let verb = isLess ? (isOne ? "leaves" : "leave") : (isOne ? "keeps" : "keep")
      let what = isLess ? "its key more often" : "to its key more strictly"
      return
        "\(verb) \(isOne ? what : what.replacing("its key", with: "their key")) (\(numbers) of "
        + "the notes in a scale)"
    case .noteLengths:
      let what = isLess ? "shorter" : "longer"
      return "\(isOne ? "holds" : "hold") notes \(what) (\(numbers))"
    default:
      let what = isLess ? "less often" : "more often"
      return "\(isOne ? "repeats" : "repeat") a bar at once \(what) (\(numbers) of the bars)"
    }
  }

  private func format(_ value: Double) -> String {
    switch feature {
    case .noteLengths: "\(value.decimals(2)) s"
    case .scaleConsistency, .repetition1: "\((100 * value).decimals(0)) %"
    default: value.decimals(1)
    }
  }
}

extension String {
  /// The text with its first letter in upper case, as a sentence begins.
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
