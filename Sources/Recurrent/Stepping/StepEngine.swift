import Tensors

/// One step of all streams in some precision.
protocol StepEngine: AnyObject {
  var team: WorkerTeam { get }
  func load(_ state: NetworkState)
  func store(into state: inout NetworkState)
  /// Takes one step: for each look-up the row of the input table that each stream reads.
  func step(_ lookups: [[Int32]], logits: inout [Float])
}

/// Steps on all threads: many streams are dealt out whole, few have their hidden units dealt out.
final class SlicedStepEngine<Element: ProductFactor>: StepEngine {
  private let vocabularySize: Int
  private let groups: [StepGroup<Element>]
  // What each thread does in a step.
  private let slices: [StepSlice<Element>]
  let team: WorkerTeam
  private let isSplitByUnits: Bool

  init(_ network: Network, streams: Int, threads: Int) {
    let configuration = network.configuration
    vocabularySize = configuration.vocabularySize
    // Below this many streams a product costs the reading of its weights, whatever their number.
    let fewest = 8
    let byStreams = min(threads, streams / fewest)
    let weightBytes =
      Int(configuration.operationsPerToken / 2) * MemoryLayout<Element>.stride
    // A thread pays from half a megabyte of weights and 32 units on.
    let byUnits = min(
      threads, weightBytes >> 19, configuration.hiddenSize / 32, configuration.vocabularySize / 4)
    isSplitByUnits = byStreams < 2 && byUnits > 1 && configuration.cell.isSplitByUnits
    team = WorkerTeam(members: max(1, isSplitByUnits ? byUnits : byStreams))

    let count = team.members
    func part(_ whole: Int, _ index: Int) -> Range<Int> {
      // Multiples of 16, a vector, where parts are large; and always of 4, the rows that a kernel
      // takes at once, so that a row's sum is taken in the same order whoever takes it.
      let unit = whole / count >= 64 ? 16 : 4
      func bound(_ index: Int) -> Int {
        index == count ? whole : whole * index / count / unit * unit
      }
      return bound(index)..<bound(index + 1)
    }
    let all = (0..<configuration.hiddenSize, 0..<configuration.vocabularySize)
    func weights(units: Range<Int>, outputs: Range<Int>) -> NetworkWeights<Element> {
      NetworkWeights(
        configuration, units: units, outputs: outputs,
        table: ProductTable<Float>(configuration, units: units))
    }
    if isSplitByUnits {
      let group = StepGroup<Element>(configuration, firstStream: 0, streams: streams)
      groups = [group]
      slices = (0..<count).map {
        let outputs = part(all.1.count, $0)
        let weights = weights(units: part(all.0.count, $0), outputs: outputs)
        let slice = StepSlice(configuration, group: group, weights: weights, outputs: outputs)
        weights.load(network, forBackward: false)
        return slice
      }
    } else {
      groups = (0..<count).map {
        let range = streams * $0 / count..<streams * ($0 + 1) / count
        return StepGroup(
          configuration, firstStream: range.lowerBound, streams: range.count)
      }
      // Groups of one size want one format of the weights.
      var made: [Int: NetworkWeights<Element>] = [:]
      slices = groups.map { group in
        let known = made[group.streams]
        let weights = known ?? weights(units: all.0, outputs: all.1)
        let slice = StepSlice(configuration, group: group, weights: weights, outputs: all.1)
        if known == nil { weights.load(network, forBackward: false) }
        made[group.streams] = weights
        return slice
      }
    }
  }

  func load(_ state: NetworkState) {
    for group in groups { group.load(state) }
  }

  func store(into state: inout NetworkState) {
    for group in groups { group.store(into: &state) }
  }

  func step(_ lookups: [[Int32]], logits: inout [Float]) {
    for group in groups {
      for (lookup, rows) in zip(group.lookups, lookups) {
        for stream in 0..<group.streams { lookup[stream, 0] = rows[group.firstStream + stream] }
      }
    }
    team.perform(on: slices) { [team, isSplitByUnits] slice in
      slice.step { if isSplitByUnits { team.meet() } }
    }
    for group in groups { group.turn = 1 - group.turn }
    for slice in slices {
      for stream in 0..<slice.group.streams {
        let start = (slice.group.firstStream + stream) * vocabularySize + slice.outputs.lowerBound
        slice.logits.copy(
          from: stream * slice.outputs.count, into: &logits,
          range: start..<start + slice.outputs.count)
      }
    }
  }
}
