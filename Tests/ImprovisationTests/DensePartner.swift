import Generation
import Music

/// A partner that writes in beats, half a second each, and nothing, and notes how dense it is asked to be.
final class DensePartner: Partner {
  private(set) var density: Double?
  let secondsPerQuarter: Double? = 0.5
  let heardCount = 0
  let writtenCount = 0
  let key: Key? = nil
  let temperature: Float = 1
  let repeats: Float = 1

  init(density: Double?) { self.density = density }

  func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double) {}
  func release(program: UInt8, pitch: UInt8, at seconds: Double) {}
  func listen(until seconds: Double) {}
  func read() -> Bool { true }
  func begin(at seconds: Double) {}
  func write(until seconds: Double) -> [TimedMessage] { [] }
  func forget(before seconds: Double) {}
  func takeBack(from seconds: Double, isOver: Bool) {}
  func change(_ kind: SamplingChange.Kind) {
    if case .density(let asked) = kind { density = asked }
  }
  func change(repeats: Float) {}
}
