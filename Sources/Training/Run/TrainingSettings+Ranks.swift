import Corpora
import Ranks
import Recurrent
import Reproducibility
import Tensors

// How the processes that train together come to the same settings, and find out that they do the same.

extension TrainingSettings {
  /// The settings of the first rank, which another takes over as they are.
  ///
  /// - Throws: ``TrainingError`` where the first rank has ended the work instead.
  init(settledBy ranks: RankGroup) throws(TrainingError) {
    do throws(RankError) {
      let bytes = try ranks.settle([])
      guard let settings = try? CanonicalJSON.decode(Self.self, from: bytes) else {
        throw RankError(.library("the first rank's settings cannot be read"))
      }
      self = settings
    } catch {
      throw TrainingError(.ranks(error))
    }
  }

  /// Sees to it that there is something for each rank, and lets the first say how streams are cut.
  ///
  /// - Parameters:
  ///   - streams: the number of parallel streams.
  ///   - pieces: how many pieces are trained on.
  ///   - ranks: the ranks.
  /// - Throws: ``TrainingError`` where there are more ranks than pieces or shards of streams, or one is gone.
  mutating func share(
    streams: Int, pieces: Int, among ranks: RankGroup
  ) throws(TrainingError) {
    if shards == nil {
      shards = BackpropagationThroughTime.shards(nil, streams: streams, ranks: ranks)
    }
    let filled = BackpropagationThroughTime.filledShards(
      min(streams, shards ?? 1), streams: streams)
    do throws(RankError) {
      for (what, found) in [("pieces to train on", pieces), ("shards of streams", filled)] {
        guard found >= ranks.count else {
          throw RankError(.tooFew(what, found: found, ranks: ranks.count))
        }
      }
      if ranks.leads { _ = try ranks.settle(Array(json.utf8)) }
    } catch {
      throw TrainingError(.ranks(error))
    }
  }
}

extension RankGroup {
  /// Sees to it that all ranks begin with the same: versions, processors, music, settings and weights.
  ///
  /// - Throws: ``TrainingError`` for the first that is another on a rank.
  func compare(
    _ learner: Learner, corpus: Corpus, settings: TrainingSettings,
    _ counters: Checkpoint.Counters
  ) throws(TrainingError) {
    var start = StableHash()
    start.combine(bytesOf: learner.network.parameters)
    start.combine(bytesOf: learner.optimizer.firstMoment)
    start.combine(bytesOf: learner.optimizer.secondMoment)
    do {
      try compare([
        ("arithmetic", learner.backpropagation.precision.rawValue),
        ("a processor with", InstructionSet.name + "/" + InstructionSet.productsName),
        ("music of digest", corpus.digest),
        ("settings of digest", hash(settings.json)),
        ("step", "\(counters.step)"),
        ("weights of digest", start.value.hexadecimal),
      ])
    } catch {
      throw TrainingError(.ranks(error))
    }
  }

  private func hash(_ text: String) -> String {
    var hash = StableHash()
    hash.combine(Array(text.utf8))
    return hash.value.hexadecimal
  }
}
