import Dispatch
import Synchronization
import Tensors

/// Which gradients are there after which stage of the way back: the output's, then those of layer after layer from
/// the top down.
///
/// Laid end to end in that order, the upper layers' can travel to other ranks while the lower ones are computed. The
/// embedding and the first layer's input matrix are left out: they follow from the table's gradient.
struct GradientStages {
  /// Gradients that lie side by side in a shard.
  struct Run {
    /// Whether they are the table's, not the parameters'.
    var isOfTable: Bool
    /// Where they stand in the shard.
    var source: Int
    /// Where they stand end to end.
    var place: Int
    var count: Int

    /// Where they stand end to end.
    var places: Range<Int> { place..<place + count }
  }

  /// The runs, stage after stage.
  private(set) var runs: [[Run]] = []
  /// Where each stage's gradients stand end to end.
  private(set) var sections: [Range<Int>] = []
  /// How many gradients there are.
  private(set) var count = 0

  init(_ configuration: NetworkConfiguration) {
    let layout = configuration.layout
    let tableCount =
      configuration.inputRowCount * configuration.cell.gateCount * configuration.hiddenSize
    for stage in 0...configuration.layerCount {
      let layer = configuration.layerCount - stage
      var own = layout.slots.compactMap { configuration.range(of: $0, afterStage: stage) }
        .map { Run(isOfTable: false, source: $0.lowerBound, place: 0, count: $0.count) }
      if layer == 0 { own.append(Run(isOfTable: true, source: 0, place: 0, count: tableCount)) }
      let first = count
      for index in own.indices {
        own[index].place = count
        count += own[index].count
      }
      runs.append(own)
      sections.append(first..<count)
    }
  }

  /// Adds a shard's gradients to numbers that stand end to end, or puts them there where a sum begins with them.
  ///
  /// - Parameters:
  ///   - gradient: the shard's.
  ///   - range: which numbers.
  ///   - part: those numbers.
  ///   - begins: whether what is there is worth nothing.
  func add<Element>(
    _ gradient: ShardGradient<Element>, in range: Range<Int>, to part: inout MutableSpan<Float>,
    begins: Bool
  ) {
    for run in runs.joined() where run.places.overlaps(range) {
      let own = run.places.clamped(to: range)
      let matrix = run.isOfTable ? gradient.table : gradient.parameters
      let source = run.source + own.lowerBound - run.place
      let target = own.lowerBound - range.lowerBound
      if begins {
        matrix.copy(from: source, to: &part, at: target, count: own.count)
      } else {
        matrix.add(from: source, to: &part, at: target, count: own.count)
      }
    }
  }

  /// Puts numbers that stand end to end where a shard has its gradients.
  func copy<Element>(_ numbers: Span<Float>, into gradient: ShardGradient<Element>) {
    for run in runs.joined() {
      (run.isOfTable ? gradient.table : gradient.parameters)
        .copy(numbers.extracting(run.places), at: run.source)
    }
  }
}

extension NetworkConfiguration {
  /// Which gradients of a tensor are there after a stage and not before; nil for none.
  fileprivate func range(of slot: ParameterLayout.Slot, afterStage stage: Int) -> Range<Int>? {
    let layer = layerCount - stage
    switch slot.parameter {
    case .embedding: return tiedWeights && stage == 0 ? slot.range : nil
    case .recall: return nil
    case .outputWeights, .outputBias, .recallGate: return stage == 0 ? slot.range : nil
    case .layer(let number, let parameter):
      let isLookedUp = number == 0 && parameter == .inputWeights
      return number == layer && stage > 0 && !isLookedUp ? slot.range : nil
    case .initialState:
      let first = slot.offset + layer * hiddenSize
      return stage > 0 ? first..<first + hiddenSize : nil
    }
  }
}

/// How many shards have come through each stage of the way back.
final class StageProgress: Sendable {
  private let done: Mutex<[Int]>
  private let news = DispatchSemaphore(value: 0)

  init(stages: Int) { done = Mutex([Int](repeating: 0, count: stages)) }

  /// A shard has come through a stage.
  func finish(_ stage: Int) {
    done.withLock { $0[stage] += 1 }
    news.signal()
  }

  /// Waits until a shard comes through a stage, though no longer than some time.
  func rest(_ longest: Duration) {
    _ = news.wait(timeout: .now() + .microseconds(Int(longest / .microseconds(1))))
  }

  /// Whether so many have.
  func isFinished(_ stage: Int, by shards: Int) -> Bool { done.withLock { $0[stage] == shards } }
}
