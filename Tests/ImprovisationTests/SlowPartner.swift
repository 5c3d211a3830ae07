import Generation
import Music
import StandardMIDIFile
import Synchronization

/// A partner that thinks, when it is to write for the first time, until a door is opened.
final class SlowPartner: Partner {
  let door = Door()
  let secondsPerQuarter: Double? = nil
  private(set) var heardCount = 0
  private(set) var writtenCount = 0
  let key: Key? = nil
  let temperature: Float = 1
  let density: Double? = nil
  let repeats: Float = 1

  /// What a test sees of it, and opens.
  final class Door: Sendable {
    private let state = Mutex((asked: 0, isOpen: false, isWaiting: false))

    /// How often it was asked to write.
    var asked: Int { state.withLock { $0.asked } }
    var isWaiting: Bool { state.withLock { $0.isWaiting } }
    func open() { state.withLock { $0.isOpen = true } }

    fileprivate func pass() {
      state.withLock {
        $0.asked += 1
        $0.isWaiting = true
      }
      while !state.withLock({ $0.isOpen }) {}
      state.withLock { $0.isWaiting = false }
    }
  }

  func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double) { heardCount += 1 }
  func release(program: UInt8, pitch: UInt8, at seconds: Double) {}
  func listen(until seconds: Double) {}
  func read() -> Bool { true }
  func begin(at seconds: Double) {}
  func forget(before seconds: Double) {}
  func takeBack(from seconds: Double, isOver: Bool) {}
  func change(_ kind: SamplingChange.Kind) {}
  func change(repeats: Float) {}

  /// A note of pitch 100 in the first that it writes, at its end.
  func write(until seconds: Double) -> [TimedMessage] {
    door.pass()
    writtenCount += 1
    guard writtenCount == 1 else { return [] }
    return [
      TimedMessage(seconds: seconds, message: .noteOn(channel: 0, pitch: 100, velocity: 90))
    ]
  }
}
