import Foundation
import Music
import Playback
import PlaybackTestSupport
import StandardMIDIFile
import Synchronization
import Testing

/// A port that writes down what reaches it and when, on a clock that runs three times as fast.
final class RecordingPort: MIDIOutput {
  struct State {
    var pending: [TimedMessage] = []
    var sent: [TimedMessage] = []
    var lateMessages = 0
    var cancellations = 0
  }

  private let state = Mutex(State())
  private let start = ContinuousClock.now

  func seconds() -> Double { (ContinuousClock.now - start) / .seconds(1) * 3 }

  func schedule(_ messages: [TimedMessage]) {
    let now = seconds()
    state.withLock { state in
      state.lateMessages += messages.count { $0.seconds < now }
      state.pending += messages
    }
  }

  func cancel() {
    let now = seconds()
    state.withLock { state in
      state.sent += state.pending.filter { $0.seconds <= now }
      state.pending = []
      state.cancellations += 1
    }
  }

  /// What has been or will be sent, in order, and the counts.
  var record: State {
    state.withLock { state in
      var record = state
      record.sent += record.pending
      record.pending = []
      return record
    }
  }
}

extension LiveSoundTests {
  struct PortTests {
    let piece = Pieces.melody([60, 64, 67, 72])

    /// The record without the panic at its end: 48 controllers.
    private func music(_ record: RecordingPort.State) -> [TimedMessage] {
      record.sent.filter { timed in
        if case .controlChange = timed.message { false } else { true }
      }
    }

    /// The times of messages of a list, relative to the first.
    private func times(_ messages: [TimedMessage]) -> [Double] {
      messages.map { $0.seconds - messages[0].seconds }
    }

    private func expectSilence(_ record: RecordingPort.State) {
      let controllers = record.sent.suffix(48).map(\.message)
      for channel in UInt8(0)..<16 {
        #expect(controllers.contains(.controlChange(channel: channel, controller: 123, value: 0)))
        #expect(controllers.contains(.controlChange(channel: channel, controller: 64, value: 0)))
      }
    }

    @Test func `messages are scheduled at their times and before they are due`() async throws {
      let port = RecordingPort()
      let player = LivePlayer(piece, output: port)
      player.start()
      try await player.finished()
      let sent = music(port.record)
      #expect(sent.map(\.message) == piece.messages.map(\.message))
      for (time, expected) in zip(times(sent), times(piece.messages)) {
        #expect(abs(time - expected) < 2e-6)
      }
      // Only the panic, which is for at once, comes after its time.
      #expect(port.record.lateMessages <= 48)
      expectSilence(port.record)
    }

    @Test func `system exclusive messages reach the port, and a jump sends them again`()
      async throws
    {
      let reset = TimedMessage(
        seconds: 0.01, content: .systemExclusive([0x7E, 0x7F, 0x09, 0x01, 0xF7]))
      let piece = Performance(
        messages: [reset]
          + piece.messages.map { timed in
            TimedMessage(seconds: timed.seconds + 0.02, content: timed.content)
          }, duration: piece.duration)
      func resets(_ port: RecordingPort) -> [TimedMessage] {
        port.record.sent.filter { $0.content == reset.content }
      }
      let port = RecordingPort()
      let player = LivePlayer(piece, output: port)
      player.start()
      try await player.finished()
      #expect(resets(port).count == 1)
      let second = RecordingPort()
      let jumping = LivePlayer(piece, output: second)
      jumping.seek(to: 1.5)
      jumping.start()
      try await jumping.finished()
      #expect(resets(second).count == 1)
      let strikes = music(second.record).compactMap(\.message).filter {
        if case .noteOn = $0 { true } else { false }
      }
      #expect(strikes.count < 4)
    }

    @Test func `music from a queue is scheduled at the same times`() async throws {
      let port = RecordingPort()
      let queue = try MessageQueue(lookahead: 1)
      let player = LivePlayer(queue, output: port)
      Task { [piece] in
        for message in piece.messages {
          await queue.push([message], settledUntil: message.seconds + 0.4)
        }
        queue.finish(duration: piece.duration)
      }
      usleep(100_000)
      player.start()
      let status = try await player.finished()
      #expect(status.stalledSeconds == 0)
      let sent = music(port.record)
      #expect(sent.map(\.message) == piece.messages.map(\.message))
      for (time, expected) in zip(times(sent), times(piece.messages)) {
        #expect(abs(time - expected) < 2e-6)
      }
    }

    @Test func `a pause silences the port, and what was scheduled is sent after it`() async throws {
      let port = RecordingPort()
      let player = LivePlayer(piece, output: port)
      player.start()
      while player.status.seconds < 0.9 { usleep(1_000) }
      player.pause()
      while player.status.phase != .paused { usleep(1_000) }
      let held = player.status.seconds
      #expect(port.record.cancellations == 1)
      usleep(200_000)
      #expect(player.status.seconds == held)
      player.resume()
      try await player.finished()
      let strikes = music(port.record).compactMap { timed in
        if case .noteOn(_, let pitch, _) = timed.message { (pitch, timed.seconds) } else { nil }
      }
      #expect(strikes.map(\.0) == [60, 64, 67, 72])
      // Two notes before the pause and two after it, each pair half a second apart as written.
      #expect(abs(strikes[1].1 - strikes[0].1 - 0.5) < 2e-6)
      #expect(abs(strikes[3].1 - strikes[2].1 - 0.5) < 2e-6)
      #expect(strikes[2].1 - strikes[1].1 > 0.5 + 0.5)
    }

    @Test
    func `what was played rings out before a port is silenced, and is no longer than the piece`()
      async throws
    {
      let port = RecordingPort()
      let player = LivePlayer(piece, output: port)
      player.start()
      let status = try await player.finished()
      #expect(abs(status.seconds - piece.duration) < 1e-5)
      let sent = port.record.sent
      let release = try #require(music(port.record).last)
      let silence = try #require(sent.last)
      #expect(silence.seconds - release.seconds > 2)
    }

    @Test func `a pedal that a pause has lifted is down again behind it`() async throws {
      var piece = piece
      piece.messages.insert(
        TimedMessage(seconds: 0.1, message: .controlChange(channel: 0, controller: 64, value: 100)),
        at: 1)
      let port = RecordingPort()
      let player = LivePlayer(piece, output: port)
      player.start()
      while player.status.seconds < 0.9 { usleep(1_000) }
      player.pause()
      while player.status.phase != .paused { usleep(1_000) }
      player.resume()
      try await player.finished()
      // Without the silence at the end.
      let pedals = port.record.sent.dropLast(48).compactMap { timed -> UInt8? in
        guard case .controlChange(0, 64, let value) = timed.message else { return nil }
        return value
      }
      #expect(pedals == [100, 0, 100])
    }

    @Test func `a jump back takes back what was told later`() async throws {
      var piece = piece
      let later: [ChannelMessage] = [
        .controlChange(channel: 0, controller: 7, value: 20), .pitchBend(channel: 0, value: 0),
        .programChange(channel: 0, program: 40),
      ]
      piece.messages += later.map { TimedMessage(seconds: 1.3, message: $0) }
      piece.messages.sort { $0.seconds < $1.seconds }
      let port = RecordingPort()
      let player = LivePlayer(piece, output: port)
      player.start()
      while player.status.seconds < 1.5 { usleep(1_000) }
      player.seek(to: 0.6)
      try await player.finished()
      let sent = port.record.sent.map(\.message)
      let jump = try #require(
        sent.firstIndex(of: .controlChange(channel: 0, controller: 121, value: 0)))
      let expected: [ChannelMessage?] = [
        .controlChange(channel: 0, controller: 121, value: 0),
        .controlChange(channel: 0, controller: 7, value: 100),
        .programChange(channel: 0, program: 0), .programChange(channel: 0, program: 79),
      ]
      #expect(Array(sent[jump...].prefix(4)) == expected)
    }

    @Test func `stopping releases what sounds`() async throws {
      let organ = Pieces.melody([60, 64], every: 0.1, sounding: 100)
      let port = RecordingPort()
      let player = LivePlayer(organ, output: port)
      player.start()
      while player.status.seconds < 0.5 { usleep(1_000) }
      player.stop()
      try await player.finished()
      let releases = music(port.record).suffix(2).map(\.message)
      #expect(
        Set(releases) == [
          .noteOff(channel: 0, pitch: 60, velocity: 64),
          .noteOff(channel: 0, pitch: 64, velocity: 64),
        ])
      expectSilence(port.record)
    }

    @Test func `a port is silenced on all channels, and what was scheduled is forgotten`() throws {
      let port = RecordingPort()
      port.schedule(
        [TimedMessage(seconds: 1_000, message: .noteOn(channel: 0, pitch: 60, velocity: 90))])
      try port.silence()
      #expect(port.record.cancellations == 1)
      #expect(port.record.sent.count == 48)
      expectSilence(port.record)
    }

    @Test func `a jump goes on from there with the programs that hold there`() async throws {
      let port = RecordingPort()
      let player = LivePlayer(piece, output: port)
      player.seek(to: 1.6)
      player.start()
      try await player.finished()
      #expect(
        music(port.record).map(\.message) == [
          .programChange(channel: 0, program: 79), .noteOn(channel: 0, pitch: 72, velocity: 100),
          .noteOff(channel: 0, pitch: 72, velocity: 64),
        ])
    }

    @Test(.disabled(if: FileManager.default.fileExists(atPath: "/dev/snd/seq"), "there is one"))
    func `where there is no sequencer an error says so`() {
      let error = #expect(throws: PlaybackError.self) { _ = try SequencerPort(name: "128:0") }
      #expect(
        error?.description == "MIDI port sequencer: no such file or directory")
      #expect(throws: PlaybackError.self) { try SequencerPort.list() }
    }
  }
}
