import Foundation
import MuseGen
import TestSupport
import Testing

extension LiveSoundTests {
  /// What `musegen jam` does in the cycles of a stand-in for JACK, which asks for what servers ask for seldom.
  @Suite(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
  struct JackCycleTests {
    @Test func `a cycle neither allocates nor locks, however many frames are asked for`() throws {
      let command = try Command()
      try command.trainJamModel()
      let (library, report) = (
        command.folder.appending(path: "jack.so"), command.folder.appending(path: "report")
      )
      try CompiledLibrary("jack.c").write(to: library)
      let outcome = try command.run(
        ["jam", "--jack", "--mode", "duet", "--seed", "1"],
        environment: ["LD_PRELOAD": library.path, "MUSEGEN_TEST_JACK": report.path],
        interruptedAfter: 15)
      #expect(outcome.code == 130, "\(outcome.errors)")
      let numbers = try String(contentsOf: report, encoding: .utf8).split(separator: " ")
        .compactMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
      try #require(numbers.count == 12)
      #expect(numbers[0] > 100, "cycles")
      #expect(numbers[1] == 0, "times that memory was asked for or given back")
      #expect(numbers[2] == 0, "locks")
      #expect(numbers[3] > 0, "cycles with sound")
      #expect(numbers[4] > 0, "messages that were sent")
      #expect(numbers[5] == 0, "messages out of order or place")
      // Two cycles of 64 frames and 3 ms, of who plays and of the loudspeakers.
      let delay = 2 * 64 + 3 * 48
      #expect(numbers[6...7] == [10 + delay, 20 + delay], "what is recorded is so old")
      #expect(numbers[8...9] == [90 + delay, 130 + delay], "what comes is heard so late")
      #expect(numbers[10] > 0, "times that cycles of another length were told")
      #expect(numbers[11] == 8, "strikes that were passed on in time while the server freewheeled")
      // The server has told of one, and of the longest cycle only a part was there.
      #expect(outcome.output.contains("the sound was late "), "\(outcome.output)")
      #expect(outcome.output.contains("or longer cycles of the server"))
      #expect(try command.files.contains("jam.mid"))
    }
  }
}
