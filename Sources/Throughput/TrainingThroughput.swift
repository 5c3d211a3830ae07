public import Recurrent
import Tensors

/// How fast a network trains here, beside how fast the machine multiplies matrices at all.
public struct TrainingThroughput: Codable, Hashable, Sendable {
  /// Tokens per second of whole steps: forward, backward and the sum of gradients.
  public var tokensPerSecond: Double
  /// The textbook network's floating-point operations per second at that speed.
  ///
  /// 2 forward and 4 backward for each weight and token, the first layer's product included, though
  /// the engine looks it up.
  public var operationsPerSecond: Double
  /// What the machine's packed products reach on the recurrent product's shape, all threads busy.
  public var peakOperationsPerSecond: Double
  /// The seconds of each measured step.
  public var stepSeconds: [Double]

  /// The share of the peak that training reaches.
  public var shareOfPeak: Double { operationsPerSecond / peakOperationsPerSecond }

  /// Trains on random tokens, taking turns with bare products.
  ///
  /// The median step and the median turn of products count, so a burst of other work on the
  /// machine does not.
  ///
  /// - Parameters:
  ///   - configuration: the network's shape.
  ///   - streams: B.
  ///   - windowLength: T.
  ///   - precision: what products read.
  ///   - threads: at most this many threads, one per core where nil.
  ///   - steps: how many steps to measure, after one that is not.
  ///   - update: what to do with the gradients after each step, an optimiser's update say.
  /// - Returns: the figures.
  /// - Throws: ``NetworkError`` where the network cannot be made.
  public static func measure(
    _ configuration: NetworkConfiguration, streams: Int, windowLength: Int, precision: Precision,
    threads: Int? = nil, steps: Int = 8, update: (inout Network, [Float]) -> Void = { _, _ in }
  ) throws(NetworkError) -> TrainingThroughput {
    var network = try Network(configuration, seed: 1)
    let engine = try BackpropagationThroughTime(
      configuration, streams: streams, windowLength: windowLength, precision: precision,
      threads: threads)
    var random = RandomSource(seed: 2)
    let count = streams * windowLength
    let bound = UInt64(configuration.vocabularySize)
    let tokens = (0..<count).map { _ in Int32(random.next() % bound) }
    let window = Window(
      length: windowLength, streams: streams, inputs: tokens, targets: tokens.reversed(),
      resets: [Bool](repeating: false, count: count))
    var state = NetworkState(configuration, streams: streams)
    var gradients: [Float] = []
    let peak = ProductPeak(
      rows: max(1, streams), columns: configuration.cell.gateCount * configuration.hiddenSize,
      inner: configuration.hiddenSize, isRounded: engine.precision == .bf16,
      threads: engine.threads)

    var seconds: [Double] = []
    var peaks: [Double] = []
    for step in 0...max(1, steps) {
      let peakNow = peak.measure()
      let time = ContinuousClock().measure {
        _ = engine.gradients(
          of: network, on: window, state: &state, dropoutSeed: UInt64(step), into: &gradients)
        update(&network, gradients)
      }
      guard step > 0 else { continue }
      peaks.append(peakNow)
      seconds.append(time / .seconds(1))
    }
    let step = median(seconds)
    return TrainingThroughput(
      tokensPerSecond: Double(count) / step,
      operationsPerSecond: 3 * configuration.operationsPerToken * Double(count) / step,
      peakOperationsPerSecond: median(peaks), stepSeconds: seconds)
  }
}

/// The middle one of some values.
func median(_ values: [Double]) -> Double {
  values.sorted()[values.count / 2]
}

/// Packed products on all threads at once, for as long as a moment.
final class ProductPeak {
  private let members: [Member]
  private let team: WorkerTeam

  init(rows: Int, columns: Int, inner: Int, isRounded: Bool, threads: Int) {
    let shape = ProductShape(rows: rows, columns: columns, inner: inner)
    team = WorkerTeam(members: threads)
    members = (0..<threads).map { _ in
      isRounded ? TypedMember<BFloat16>(shape) : TypedMember<Float>(shape)
    }
  }

  // Operations per second over about a tenth of a second.
  func measure() -> Double {
    let shape = members[0].shape
    let repeats = max(1, Int(1e10 / shape.operations))
    let time = ContinuousClock().measure {
      team.perform(on: members) { member in
        for _ in 0..<repeats { member.run() }
      }
    }
    return Double(repeats * members.count) * shape.operations / (time / .seconds(1))
  }

  class Member {
    let shape: ProductShape
    init(_ shape: ProductShape) { self.shape = shape }
    func run() {}
  }

  private final class TypedMember<Element: ProductFactor>: Member {
    private let product: Product<Element>
    private let left: Matrix<Element>
    private let right: PackedMatrix<Element>
    private let result: Matrix<Float>

    override init(_ shape: ProductShape) {
      product = Product(shape, packsRight: true)
      left = Matrix(rows: shape.rows, columns: shape.inner)
      right = product.packedRight()
      result = Matrix(rows: shape.rows, columns: shape.columns)
      super.init(shape)
    }

    override func run() { product.multiply(left, by: right, into: result) }
  }
}
