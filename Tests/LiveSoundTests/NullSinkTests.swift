import Foundation
import Music
import Playback
import PlaybackTestSupport
import Synchronization
import Testing
import TestSupport

extension LiveSoundTests {
  @Suite(.enabled(if: Pieces.hasSoundFont, "no SoundFont is installed"))
  struct NullSinkTests {
    static let pitches: [UInt8] = [60, 64, 67, 72, 62, 65, 69, 74]

    @Test func `a performance is heard at the right times and pitches`() async throws {
      guard let sink = NullSink(isForThisProcess: true) else { return }
      let piece = Pieces.melody(NullSinkTests.pitches)
      let recorded = try await heard(through: sink) { soundFont, settings in
        try LivePlayer(piece, soundFont: soundFont, settings: settings)
      }
      try expect(recorded, sounds: piece)
    }

    @Test func `music pushed into a queue while it plays is heard at the same times`() async throws
    {
      guard let sink = NullSink(isForThisProcess: true) else { return }
      let piece = Pieces.melody(NullSinkTests.pitches)
      let queue = try MessageQueue(lookahead: 0.5)
      Task {
        for message in piece.messages { await queue.push([message], settledUntil: message.seconds) }
        queue.finish(duration: piece.duration)
      }
      let recorded = try await heard(through: sink) { soundFont, settings in
        try LivePlayer(queue, soundFont: soundFont, settings: settings)
      }
      try expect(recorded, sounds: piece)
    }

    /// Plays and records.
    ///
    /// The device's buffer is long by default, for other tests may keep all cores busy.
    private func heard(
      through sink: NullSink, latency: Double = 0.5,
      _ makePlayer: (SoundFont, LiveSettings) throws -> LivePlayer
    ) async throws -> [Float] {
      try sink.startRecording()
      let player = try makePlayer(
        #require(Pieces.soundFont),
        LiveSettings(synthesizer: Pieces.dry, device: NullSink.device, latency: latency))
      #expect(player.sampleRate == NullSink.sampleRate)
      player.start()
      let status = try await player.finished()
      #expect(status.underruns == 0)
      #expect(status.stalledSeconds == 0)
      return try sink.finishRecording()
    }

    private func expect(
      _ recorded: [Float], sounds piece: Performance, pitches: [UInt8] = NullSinkTests.pitches
    ) throws {
      let offline = try piece.samples(soundFont: #require(Pieces.soundFont), settings: Pieces.dry)
      let live = Listening(interleaved: recorded)
      let expected = Listening(interleaved: offline).onsets()
      let onsets = live.onsets()
      #expect(expected.count == pitches.count)
      try #require(onsets.count == expected.count)
      // 20 ms is what the ear allows; 1 ms what a path without gaps or jitter keeps.
      let written = pitches.indices.map { abs(onsets[$0] - onsets[0] - Double($0) * 0.5) }
      #expect(written.max()! < 0.020)
      let rendered = pitches.indices.map {
        abs(onsets[$0] - onsets[0] - expected[$0] + expected[0])
      }
      #expect(rendered.max()! < 0.001)
      #expect(onsets.map { live.pitch($0..<$0 + 0.2) } == pitches.map(Int.init))

      // PulseAudio mixes a single stream unchanged: the very samples arrive. Its monitor misses some
      // milliseconds while the stream starts, in which the piece is silent.
      let shift = Int(((onsets[0] - expected[0]) * 44_100).rounded()) * 2
      try #require(shift >= 0 && recorded.count >= shift + offline.count)
      #expect(zip(recorded.dropFirst(shift), offline).allSatisfy { $0 == $1 })
    }

    @Test(
      .enabled(
        if: ProcessInfo.processInfo.environment["MUSEGEN_LONG_TESTS"] != nil,
        "takes two minutes; set MUSEGEN_LONG_TESTS"))
    func `two minutes beside a busy core have no gap, no underrun and no jitter`() async throws {
      guard let sink = NullSink(isForThisProcess: true) else { return }
      let pitches = (0..<240).map { UInt8(60 + $0 * 7 % 24) }
      let piece = Pieces.melody(pitches)
      let business = Business()
      let recorded = try await heard(through: sink, latency: LiveSettings().latency) {
        soundFont, settings in
        try LivePlayer(piece, soundFont: soundFont, settings: settings)
      }
      business.end()
      try expect(recorded, sounds: piece, pitches: pitches)
    }

    /// Threads that keep all cores but one busy.
    private final class Business: Sendable {
      private let isOver = Atomic(false)

      init() {
        for _ in 1..<max(2, ProcessInfo.processInfo.activeProcessorCount) {
          Thread { [self] in while !isOver.load(ordering: .relaxed) {} }.start()
        }
      }

      func end() { isOver.store(true, ordering: .relaxed) }
    }

    @Test func `a device that goes away is an error that says so`() async throws {
      guard let sink = NullSink(isForThisProcess: true) else { return }
      let player = try LivePlayer(
        Pieces.melody(NullSinkTests.pitches), soundFont: #require(Pieces.soundFont),
        settings: LiveSettings(device: NullSink.device))
      player.start()
      usleep(500_000)
      sink.stop()
      do {
        try await player.finished()
        Issue.record("playback went on without its device")
      } catch {
        guard case .deviceLost(NullSink.device, _) = error.reason else {
          Issue.record("unexpected error: \(error)")
          return
        }
      }
    }

    @Test func `a pause is silent and loses nothing`() async throws {
      guard let sink = NullSink(isForThisProcess: true) else { return }
      let piece = Pieces.melody(NullSinkTests.pitches)
      try sink.startRecording()
      let player = try LivePlayer(
        piece, soundFont: #require(Pieces.soundFont),
        settings: LiveSettings(synthesizer: Pieces.dry, device: NullSink.device))
      player.start()
      while player.status.seconds < 1.1 { usleep(5_000) }
      player.pause()
      while player.status.phase != .paused { usleep(5_000) }
      usleep(200_000)
      let held = player.status.seconds
      usleep(500_000)
      #expect(player.status.seconds - held < 0.02)
      player.resume()
      try await player.finished()
      let live = Listening(interleaved: try sink.finishRecording())
      let onsets = live.onsets()
      try #require(onsets.count >= NullSinkTests.pitches.count)
      // Held for 0.7 s or longer, of which the fades before and after are not silent.
      #expect(live.longestSilence(onsets[0]..<onsets[onsets.count - 1]) > 0.65)
      #expect(onsets[onsets.count - 1] - onsets[0] > 7 * 0.5 + 0.6)
    }
  }
}
