import Foundation
import MuseGen
import TestSupport
import Testing

extension LiveSoundTests {
  /// How long `musegen jam` takes from a key to its sound, at a stand-in sequencer and a device that keeps time.
  @Suite(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
  struct JamTimingTests {
    let command: Command
    let sequencer: StandInSequencer
    let device: ScriptedDevice

    // Numbers of ALSA's <alsa/seq_event.h>.
    private static let (noteOn, noteOff, controller) = (6, 7, 10)
    /// MIDI's tenth channel, whose wood block is short and begins at once.
    private static let (drums, block) = (9, 76)
    private static let rate = 44_100.0

    init() throws {
      command = try Command()
      sequencer = try StandInSequencer()
      device = try ScriptedDevice { script in
        script.speed = 1
        script.runsDry = true
      }
      let notes = (0..<40).map { index in
        Note(onset: index * 240, duration: 200, pitch: UInt8(60 + index % 12), velocity: 90)
      }
      try command.write(
        Score(tracks: [Track(notes: notes)], endTick: 40 * 240).midiFile().bytes(),
        to: "piece.mid")
      let outcome = try command.run(
        "train", "piece.mid", "--steps", "2", "--hidden", "16", "--layers", "1")
      try #require(outcome.code == 0, "\(outcome.errors)")
    }

    /// When each of the sounds reached the device that began behind silence, in the clock's seconds.
    private func sounds() throws -> [Double] {
      let samples = try device.playedFloats()
      let transfers = try device.transfers()
      var sounds: [Double] = []
      var silent = Int.max / 2
      var transfer = 0
      for frame in 0..<samples.count / 2 {
        let level = max(abs(samples[2 * frame]), abs(samples[2 * frame + 1]))
        guard level > 1e-3 else {
          silent += 1
          continue
        }
        if silent > Int(0.1 * Self.rate) {
          while transfer < transfers.count, transfers[transfer].frames <= frame { transfer += 1 }
          guard transfer < transfers.count else { break }
          sounds.append(Double(transfers[transfer].microseconds) / 1e6)
        }
        silent = 0
      }
      return sounds
    }

    @Test func `a key is heard in time while the model thinks, and the sound keeps up`() throws {
      let times = (0..<20).map { 1 + 0.347 * Double($0) }
      func event(
        _ seconds: Double, _ type: Int, _ channel: Int, _ number: Int, _ value: Int
      ) -> StandInSequencer.Event {
        StandInSequencer.Event(
          microseconds: Int(seconds * 1e6), type: type, channel: channel, number: number,
          value: value)
      }
      // Of the model nothing is to be heard but how long it thinks.
      let quiet = (1..<16).filter { $0 != Self.drums }.map {
        event(0.3, Self.controller, $0, 7, 0)
      }
      try sequencer.play(
        quiet
          + times.flatMap {
            [
              event($0, Self.noteOn, Self.drums, Self.block, 100),
              event($0 + 0.05, Self.noteOff, Self.drums, Self.block, 64),
            ]
          })
      // In a duet each note takes back what was written, and more is written before it is passed on.
      let environment = sequencer.environment.merging(device.environment) { $1 }
      let outcome = try command.run(
        [
          "jam", "--mode", "duet", "--in", "128:0", "--device", ScriptedDevice.name, "--latency",
          "0.02", "--reverb", "0", "--chorus", "0", "--seed", "1",
        ], environment: environment, interruptedAfter: 11)
      #expect(outcome.code == 130, "\(outcome.errors)")
      let opened = Double(try #require(sequencer.opened)) / 1e6
      let heard = try sounds().map { $0 - opened }
      let delays = times.compactMap { time in
        heard.first { $0 >= time && $0 < time + 0.25 }.map { $0 - time }
      }
      try #require(delays.count >= 15, "\(heard)")
      let sorted = delays.sorted()
      // Half of them are as an idle machine has them; a busy one may keep one waiting.
      #expect(sorted[sorted.count / 2] < 0.02, "\(sorted)")
      // A machine that others share stands still now and then; a model that holds up the sound does so at each key.
      let late = outcome.output.firstMatch(of: /the sound was late (\d+) time/)
        .flatMap { Int($0.1) }
      #expect(late ?? 0 < 4, "\(outcome.output)")
    }
  }
}
