import Generation
import Music

/// A partner that writes nothing, and notes the keys that it hears.
final class NotingPartner: Partner {
  /// What is played, such as `strike 60 of 5`.
  private(set) var heard: [String] = []
  let secondsPerQuarter: Double? = nil
  let heardCount = 0
  let writtenCount = 0
  let key: Key? = nil
  let temperature: Float = 1
  let density: Double? = nil
  let repeats: Float = 1

  func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double) {
    heard.append("strike \(pitch) of \(program)")
  }
  func release(program: UInt8, pitch: UInt8, at seconds: Double) {
    heard.append("release \(pitch) of \(program)")
  }
  func listen(until seconds: Double) {}
  func read() -> Bool { true }
  func begin(at seconds: Double) {}
  func write(until seconds: Double) -> [TimedMessage] { [] }
  func forget(before seconds: Double) {}
  func takeBack(from seconds: Double, isOver: Bool) {}
  func change(_ kind: SamplingChange.Kind) {}
  func change(repeats: Float) {}
}
