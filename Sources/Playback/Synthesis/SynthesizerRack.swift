import Music
import StandardMIDIFile

/// A synthesizer for each port of a piece, of which the sound is added.
///
/// A synthesizer obeys resets, drum parts, tunings and volumes as a whole: one for each port hears only
/// what that port is told. Rooms and choruses add up as the notes in them do.
final class SynthesizerRack {
  let sampleRate: Int
  /// How many ports it has.
  var portCount: Int { units.count }
  private let units: [Unit]
  /// The samples of one further unit.
  private var scratch: [Float] = []

  /// A synthesizer that an array can hold.
  private final class Unit {
    var synthesizer: Synthesizer

    init(_ synthesizer: consuming Synthesizer) { self.synthesizer = synthesizer }
  }

  /// Opens a SoundFont for a number of ports.
  init(_ soundFont: SoundFont, settings: SynthesizerSettings, ports: Int) throws(PlaybackError) {
    var units: [Unit] = []
    for _ in 0..<ports { units.append(Unit(try Synthesizer(soundFont, settings: settings))) }
    self.units = units
    sampleRate = settings.sampleRate
  }

  /// Lets a message take effect with the next frame that is rendered.
  ///
  /// ``Performance`` says how the channels of ports are counted; a port that is not there ignores what
  /// it is sent.
  func send(_ content: TimedMessage.Content) {
    switch content {
    case .channel(let message) where message.channel < 16: units[0].synthesizer.send(message)
    case .channel(let message):
      let port = Int(message.channel >> 4)
      guard port < units.count else { return }
      units[port].synthesizer.send(message.onChannel(message.channel & 15))
    case .systemExclusive(let data, let port?):
      guard port < units.count else { return }
      units[Int(port)].synthesizer.send(systemExclusive: data)
    case .systemExclusive(let data, nil):
      for unit in units { unit.synthesizer.send(systemExclusive: data) }
    }
  }

  /// Makes the next sound; see ``Synthesizer/render(into:frames:)``.
  func render(into samples: inout [Float], frames: Range<Int>) {
    units[0].synthesizer.render(into: &samples, frames: frames)
    if units.count == 1 { return }
    let count = frames.count * Synthesizer.channels
    if scratch.count < count { scratch = [Float](repeating: 0, count: count) }
    let start = frames.lowerBound * Synthesizer.channels
    for unit in units.dropFirst() {
      unit.synthesizer.render(into: &scratch, frames: 0..<frames.count)
      for index in 0..<count { samples[start + index] += scratch[index] }
    }
  }

  /// Lets go of all keys and pedals.
  func releaseAll() {
    for unit in units { unit.synthesizer.releaseAll() }
  }

  /// Silences everything at once and puts everything back to its start.
  func reset() {
    for unit in units { unit.synthesizer.reset() }
  }

  /// Reads the samples of all instruments that a piece uses; see ``Synthesizer/preload(_:)``.
  func preload(_ performance: Performance) {
    for (port, unit) in units.enumerated() {
      unit.synthesizer.preload(
        performance.messages.lazy.compactMap { timed -> TimedMessage.Content? in
          switch timed.content {
          case .channel(let message):
            Int(message.channel >> 4) == port
              ? .channel(message.onChannel(message.channel & 15)) : nil
          case .systemExclusive(let data, let to):
            Int(to ?? UInt8(port)) == port ? .systemExclusive(data) : nil
          }
        })
    }
  }
}
