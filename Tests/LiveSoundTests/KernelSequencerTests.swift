import Foundation
import MuseGen
import TestSupport
import Testing

extension LiveSoundTests {
  /// `musegen jam` at the kernel's own sequencer, by the clock.
  @Suite(.enabled(if: (try? SequencerInput(name: nil)) != nil, "the kernel has no sequencer"))
  struct KernelSequencerTests {
    /// The port of ours or of a jam's that was not there before.
    private func newPort(behind known: Set<String>) throws -> String? {
      try SequencerPort.list().first {
        !known.contains($0.name) && $0.description.hasPrefix("musegen")
      }?.name
    }

    @Test func `a call is heard through the kernel, and answered through it`() throws {
      let command = try Command()
      try command.trainJamModel()
      var known = Set(try SequencerPort.list().map(\.name))
      let ear = try SequencerInput(name: nil)
      let earName = try #require(try newPort(behind: known))
      known.insert(earName)
      let process = Process()
      process.executableURL = URL(filePath: "\(command.executableFolder)/musegen")
      process.arguments = [
        "jam", "--out", earName, "--tempo", "240", "--answer-bars", "2", "--seed", "1",
      ]
      process.currentDirectoryURL = command.folder
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      defer { if process.isRunning { process.terminate() } }
      var jamName: String?
      for _ in 0..<200 where jamName == nil {
        jamName = try newPort(behind: known)
        Thread.sleep(forTimeInterval: 0.05)
      }
      // Eight notes in a second, as another program sends them.
      let hand = try SequencerPort(name: try #require(jamName))
      #expect(hand.isReached)
      let start = try hand.seconds() + 0.5
      var call: [TimedMessage] = []
      for index in 0..<8 {
        let (onset, pitch) = (start + Double(index) / 8, UInt8(60 + index))
        call.append(
          TimedMessage(
            seconds: onset, message: .noteOn(channel: 0, pitch: pitch, velocity: 90)))
        call.append(
          TimedMessage(
            seconds: onset + 0.1, message: .noteOff(channel: 0, pitch: pitch, velocity: 64)))
      }
      try hand.schedule(call)
      var (passed, answered) = (0, 0)
      for _ in 0..<100 where answered == 0 {
        for received in try ear.receive(waiting: 0.1) {
          guard case .channel(.noteOn(let channel, _, let velocity)) = received.message,
            velocity > 0
          else { continue }
          if channel == 0 { passed += 1 } else { answered += 1 }
        }
      }
      #expect(passed == 8)
      #expect(answered > 0)
      kill(process.processIdentifier, SIGINT)
      process.waitUntilExit()
      #expect(process.terminationStatus == 130)
      let data = try Data(contentsOf: command.folder.appending(path: "jam.mid"))
      let saved = Score(try MIDIFile(bytes: Array(data)))
      #expect(saved.tracks[0].notes.map(\.pitch) == (60..<68).map { UInt8($0) })
    }
  }
}
