import Reproducibility
import Tensors

/// How many tokens of each stream the windows of a run read: always as many, or drawn around that for each.
///
/// Windows that are always as long cut a piece that is read again, and recalled phrases in it, where they cut
/// it before, as often as the order lets them. Drawn ones are one time in twenty half as long, and normally
/// distributed about that; the first of an epoch has any length up to the usual one, so that no epoch goes on
/// with the phase of the one before.
///
/// - Reference: Merity, Keskar and Socher, "Regularizing and Optimizing LSTM Language Models" (2018).
public struct WindowLengths: Hashable, Sendable {
  /// The length around which others are drawn.
  public let usual: Int
  /// The standard deviation, as a share of the usual length; 0 where all windows have that.
  public let jitter: Float
  /// Where lengths are drawn from.
  public let seed: UInt64

  /// No length lies further from its mean than so many standard deviations: buffers hold the longest.
  private static let mostDeviations = 2.0
  private static let shareOfHalves = 0.05

  /// Creates the lengths of a run's windows.
  public init(usual: Int, jitter: Float = 0, seed: UInt64 = 0) {
    self.usual = usual
    self.jitter = jitter
    self.seed = seed
  }

  /// No window is longer.
  public var longest: Int { usual + Int((Self.mostDeviations * deviation).rounded(.down)) }

  /// The length of one window, the same whenever it is asked for.
  ///
  /// - Parameters:
  ///   - step: the window's number.
  ///   - beginsEpoch: whether it is the first of an epoch.
  /// - Returns: the length in tokens, from 1 to ``longest``.
  public func length(ofStep step: Int, beginsEpoch: Bool) -> Int {
    guard jitter > 0 else { return usual }
    // Orders, dropout and augmentations have the purposes from 0 on.
    var random = RandomSource(seed: derivedSeed(seed, UInt64(step), .max))
    let share = random.uniform()
    if beginsEpoch { return 1 + Int(share * Double(usual)) }
    let mean = share < Self.shareOfHalves ? Double(usual) / 2 : Double(usual)
    let most = Self.mostDeviations
    let deviations = min(max(random.gaussian(), -most), most)
    return min(max(Int((mean + deviations * deviation).rounded()), 1), longest)
  }

  private var deviation: Double { Double(jitter) * Double(usual) }
}
