import Generation
import Music
import StandardMIDIFile

/// A partner that strikes one note where it is told to begin, to the moment.
final class PromptPartner: Partner {
  let secondsPerQuarter: Double? = nil
  let heardCount = 0
  let writtenCount = 0
  let key: Key? = nil
  let temperature: Float = 1
  let density: Double? = nil
  let repeats: Float = 1
  private var waiting: [TimedMessage] = []

  func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double) {}
  func release(program: UInt8, pitch: UInt8, at seconds: Double) {}
  func listen(until seconds: Double) {}
  func read() -> Bool { true }
  func begin(at seconds: Double) {
    waiting = [
      TimedMessage(seconds: seconds, message: .noteOn(channel: 0, pitch: 100, velocity: 90)),
      TimedMessage(
        seconds: seconds + 0.1, message: .noteOff(channel: 0, pitch: 100, velocity: 64)),
    ]
  }
  func write(until seconds: Double) -> [TimedMessage] {
    defer { waiting = [] }
    return waiting
  }
  func forget(before seconds: Double) {}
  func takeBack(from seconds: Double, isOver: Bool) {}
  func change(_ kind: SamplingChange.Kind) {}
  func change(repeats: Float) {}
}
