import FileStorage
import Foundation
import Music
import Playback
import PlaybackTestSupport
import Settings
import StandardMIDIFile
import Synchronization
import Testing
import TestSupport

extension LiveSoundTests {
  /// Live playback into ALSA's own `null` and `file` devices, which take samples as fast as they come.
  @Suite(.enabled(if: Pieces.hasSoundFont, "no SoundFont is installed"))
  struct LivePlayerTests {
    let soundFont: SoundFont
    let piece = Pieces.melody([60, 64, 67, 72])

    init() throws { soundFont = try #require(Pieces.soundFont) }

    private func settings(_ device: String) -> LiveSettings {
      LiveSettings(synthesizer: Pieces.dry, device: device)
    }

    /// Plays into ALSA's `file` device and returns the samples it was given.
    private func played(_ play: (LiveSettings) async throws -> Void) async throws -> [Float] {
      let path = Pieces.temporaryPath("live.raw")
      defer { try? FileManager.default.removeItem(atPath: path) }
      try await play(settings("file:FILE=\(path),FORMAT=raw"))
      let bytes = try readFile(at: path)
      return stride(from: 0, to: bytes.count / 8 * 8, by: 4).map { offset in
        let bits = bytes[offset..<offset + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Float(bitPattern: bits)
      }
    }

    @Test func `what is played live is what is rendered`() async throws {
      let live = try await played { settings in
        let player = try LivePlayer(piece, soundFont: soundFont, settings: settings)
        player.start()
        try await player.finished()
      }
      #expect(try piece.samples(soundFont: soundFont, settings: Pieces.dry) == live)
    }

    @Test func `music through a queue is the same samples`() async throws {
      let live = try await played { settings in
        let queue = try MessageQueue(lookahead: 0.3)
        let player = try LivePlayer(queue, soundFont: soundFont, settings: settings)
        player.start()
        for message in piece.messages { await queue.push([message], settledUntil: message.seconds) }
        queue.finish(duration: piece.duration)
        try await player.finished()
      }
      #expect(try piece.samples(soundFont: soundFont, settings: Pieces.dry) == live)
    }

    @Test func `an hour of music is played without a clock in much less`() async throws {
      let queue = try MessageQueue()
      let player = try LivePlayer(queue, soundFont: soundFont, settings: settings("null"))
      player.start()
      let clock = ContinuousClock()
      let time = try await clock.measure {
        for second in 0..<3_600 {
          let now = Double(second)
          let notes = [
            TimedMessage(seconds: now, message: .noteOn(channel: 0, pitch: 60, velocity: 90)),
            TimedMessage(
              seconds: now + 0.5, message: .noteOff(channel: 0, pitch: 60, velocity: 64)),
          ]
          #expect(await queue.push(notes, settledUntil: now + 1))
        }
        queue.finish()
        let status = try await player.finished()
        #expect(abs(status.seconds - 3_600) < 1)
      }
      #expect(time < .seconds(360))
    }

    @Test func `a writer waits while it is ahead and goes on when music has been played`()
      async throws
    {
      let queue = try MessageQueue(lookahead: 1)
      let player = try LivePlayer(queue, soundFont: soundFont, settings: settings("null"))
      let hasWritten = Atomic(false)
      let writer = Task {
        await queue.push([], settledUntil: 5)
        hasWritten.store(true, ordering: .relaxed)
        queue.finish()
      }
      try await Task.sleep(for: .milliseconds(200))
      let isDoneEarly = hasWritten.load(ordering: .relaxed)
      #expect(!isDoneEarly)
      player.start()
      try await player.finished()
      await writer.value
      let isDone = hasWritten.load(ordering: .relaxed)
      #expect(isDone)
    }

    @Test func `a writer learns that nobody listens any more`() async throws {
      let queue = try MessageQueue(lookahead: 1)
      let player = try LivePlayer(queue, soundFont: soundFont, settings: settings("null"))
      player.start()
      let writer = Task {
        var second = 0.0
        while await queue.push([], settledUntil: second) { second += 0.5 }
        return second
      }
      try await Task.sleep(for: .milliseconds(50))
      player.stop()
      #expect(await writer.value > 0)
      #expect(try await player.finished().phase == .finished)
    }

    @Test func `music that was not played yet can be discarded and written anew`() async throws {
      let live = try await played { settings in
        let queue = try MessageQueue(lookahead: 100)
        let player = try LivePlayer(queue, soundFont: soundFont, settings: settings)
        await queue.push(
          Pieces.melody([60, 60, 60, 60]).messages.filter { $0.seconds > 0 }, settledUntil: 2)
        let time = queue.discard()
        #expect(time == 0)
        await queue.push(piece.messages, settledUntil: piece.duration)
        queue.finish()
        player.start()
        try await player.finished()
      }
      let expected = try piece.samples(soundFont: soundFont, settings: Pieces.dry)
      #expect(live.count == expected.count)
      #expect(Listening(interleaved: live).onsets() == Listening(interleaved: expected).onsets())
    }

    @Test func `a writer that is cancelled while it waits goes on at once and is told to stop`()
      async throws
    {
      let queue = try MessageQueue(lookahead: 1)
      let writer = Task { await queue.push([], settledUntil: 5) }
      try await Task.sleep(for: .milliseconds(50))
      writer.cancel()
      #expect(await writer.value == false)
    }

    @Test func `music stops where the task that waits for its end is cancelled`() async throws {
      let queue = try MessageQueue()
      let player = try LivePlayer(queue, soundFont: soundFont, settings: settings("null"))
      player.start()
      let listener = Task { try await player.finished() }
      try await Task.sleep(for: .milliseconds(50))
      #expect(player.status.phase != .finished)
      listener.cancel()
      #expect(try await listener.value.phase == .finished)
    }

    @Test(arguments: [-1, .nan, .infinity, 1e9])
    func `a look-ahead out of range is refused`(lookahead: Double) {
      #expect(throws: PlaybackError.self) { try MessageQueue(lookahead: lookahead) }
    }

    @Test func `a jump to what is no number goes to the start`() async throws {
      let live = try await played { settings in
        let player = try LivePlayer(piece, soundFont: soundFont, settings: settings)
        player.seek(to: .nan)
        player.start()
        try await player.finished()
      }
      // The jump fades in over the first hundredth of a second.
      let expected = try piece.samples(soundFont: soundFont, settings: Pieces.dry)
      #expect(live.count >= expected.count)
      #expect(Listening(interleaved: live).onsets().count == 4)
    }

    @Test(arguments: [
      -Double.infinity, -1e300, -1, -0.0, 1e300, .infinity, .greatestFiniteMagnitude,
    ])
    func `a jump beyond the piece goes to its start or its end`(seconds: Double) async throws {
      let live = try await played { settings in
        let player = try LivePlayer(piece, soundFont: soundFont, settings: settings)
        player.seek(to: seconds)
        player.start()
        try await player.finished()
      }
      #expect(Listening(interleaved: live).onsets().count == (seconds > 0 ? 0 : 4))
    }

    @Test(.timeLimit(.minutes(1)), arguments: [-Double.infinity, -1, .nan])
    func `a fade of no length ends at once`(seconds: Double) async throws {
      let live = try await played { settings in
        let player = try LivePlayer(piece, soundFont: soundFont, settings: settings)
        player.stop(fadingOver: seconds)
        player.start()
        try await player.finished()
      }
      #expect(live.count <= 2_048)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [61, 1e300, Double.infinity])
    func `a fade takes a minute at most`(seconds: Double) async throws {
      let organ = Performance(
        messages: [
          TimedMessage(seconds: 0, message: .programChange(channel: 0, program: 19)),
          TimedMessage(seconds: 0, message: .noteOn(channel: 0, pitch: 60, velocity: 90)),
        ], duration: 100)
      let live = try await played { settings in
        let player = try LivePlayer(organ, soundFont: soundFont, settings: settings)
        player.start()
        player.stop(fadingOver: seconds)
        try await player.finished()
      }
      let length = Double(live.count) / 2 / 44_100
      #expect((59..<75).contains(length) || live.isEmpty)
    }

    @Test func `a player that is left behind stops`() async throws {
      let queue = try MessageQueue(lookahead: 1)
      do {
        let player = try LivePlayer(queue, soundFont: soundFont, settings: settings("null"))
        player.start()
      }
      var second = 0.0
      while await queue.push([], settledUntil: second) { second += 0.5 }
      #expect(await queue.push([], settledUntil: 0) == false)
    }

    @Test func `a player that was never started can be stopped`() async throws {
      let player = try LivePlayer(piece, soundFont: soundFont, settings: settings("null"))
      player.stop()
      #expect(try await player.finished().phase == .finished)
      player.start()
      #expect(player.status.phase == .finished)
    }

    @Test func `a jump goes on with the programs that would hold there`() async throws {
      var messages = Pieces.melody([60, 60, 60, 60, 60, 60], program: 79).messages
      messages.append(
        TimedMessage(seconds: 30, message: .noteOn(channel: 0, pitch: 69, velocity: 99)))
      messages.append(
        TimedMessage(seconds: 31, message: .noteOff(channel: 0, pitch: 69, velocity: 9)))
      let piece = Performance(messages: messages, duration: 32)
      let live = try await played { settings in
        let player = try LivePlayer(piece, soundFont: soundFont, settings: settings)
        player.seek(to: 29)
        player.start()
        try await player.finished()
      }
      let heard = Listening(interleaved: live)
      #expect(heard.seconds < 5)
      let onset = try #require(heard.onsets().last { heard.pitch($0..<$0 + 0.3) == 69 })
      #expect((0.99..<1.1).contains(onset))
    }

    @Test func `a device that does not exist is an error that says so`() {
      let error = #expect(throws: PlaybackError.self) {
        _ = try LivePlayer(piece, soundFont: soundFont, settings: settings("nosuchdevice"))
      }
      #expect(
        error?.description == "sound device nosuchdevice: no such file or directory")
    }

    @Test func `a latency out of range is refused`() {
      #expect(
        throws: PlaybackError(
          .setting(SettingError("latency", found: "3.0", expected: "0.01 to 2 seconds")))
      ) {
        _ = try LivePlayer(
          piece, soundFont: soundFont, settings: LiveSettings(device: "null", latency: 3))
      }
    }
  }
}
