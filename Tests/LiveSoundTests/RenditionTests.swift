import FileStorage
import Foundation
import Music
import Playback
import PlaybackTestSupport
import StandardMIDIFile
import TestSupport
import Testing

extension LiveSoundTests {
  /// Music that a listener changes while it is played.
  @Suite(.enabled(if: Pieces.hasSoundFont, "no SoundFont is installed"))
  struct RenditionTests {
    let soundFont: SoundFont

    init() throws { soundFont = try #require(Pieces.soundFont) }

    /// Plays into ALSA's `file` device, which waits for nothing but the music.
    private func heard(_ play: (LiveSettings) async throws -> Void) async throws -> Listening {
      let path = Pieces.temporaryPath("rendition.raw")
      defer { try? FileManager.default.removeItem(atPath: path) }
      try await play(
        LiveSettings(synthesizer: Pieces.dry, device: "file:FILE=\(path),FORMAT=raw"))
      let bytes = try readFile(at: path)
      return Listening(
        interleaved: stride(from: 0, to: bytes.count / 8 * 8, by: 4).map { offset in
          let bits = bytes[offset..<offset + 4].reversed().reduce(UInt32(0)) {
            $0 << 8 | UInt32($1)
          }
          return Float(bitPattern: bits)
        })
    }

    /// Plays with another rendition from the first note on.
    private func heard(
      _ piece: Performance, _ rendition: Rendition
    ) async throws -> Listening {
      try await heard { settings in
        let player = try LivePlayer(piece, soundFont: soundFont, settings: settings)
        player.rendition = rendition
        player.start()
        try await player.finished()
      }
    }

    @Test func `music is heard as many semitones higher as asked for`() async throws {
      let piece = Pieces.melody([60, 64, 67])
      for semitones in [-5, 4] {
        let listening = try await heard(piece, Rendition(semitones: semitones))
        for (index, pitch) in [60, 64, 67].enumerated() {
          let onset = Pieces.start + 0.5 * Double(index)
          #expect(listening.pitch(onset + 0.03..<onset + 0.18) == pitch + semitones)
        }
      }
    }

    @Test func `drums are not moved`() async throws {
      let strikes = (0..<3).flatMap { index in
        [
          TimedMessage(
            seconds: Double(index), message: .noteOn(channel: 9, pitch: 36, velocity: 100)),
          TimedMessage(
            seconds: Double(index) + 0.5, message: .noteOff(channel: 9, pitch: 36, velocity: 0)),
        ]
      }
      let drums = Performance(messages: strikes, duration: 3)
      let listening = try await heard(drums, Rendition(semitones: 7))
      #expect(listening.samples == (try await heard(drums, Rendition())).samples)
    }

    @Test func `a faster piece comes sooner and a louder one has larger waves`() async throws {
      let piece = Pieces.melody([60, 64, 67, 72], every: 0.6)
      let plain = try await heard(piece, Rendition())
      let fast = try await heard(piece, Rendition(speed: 1.5))
      for (written, heard) in zip(plain.onsets(), fast.onsets()) {
        #expect(abs(heard - written / 1.5) < 0.005)
      }
      #expect(fast.onsets().count == 4)
      // The notes are as high as they were.
      #expect(fast.pitch(0.2..<0.28) == 60)
      for volume in [0.25, 1.5] {
        let loud = try await heard(piece, Rendition(volume: volume))
        // The first hundredths of a second are on the way there, and silent.
        let ratios = zip(loud.samples, plain.samples).dropFirst(2_000).map {
          $0 - Float(volume) * $1
        }
        #expect(ratios.allSatisfy { abs($0) < 1e-5 })
      }
    }

    @Test func `out of range is at the limit, and no number is as written`() async throws {
      let player = LivePlayer(Pieces.melody([60]), output: RecordingPort())
      player.rendition = Rendition(semitones: .max, speed: 1e9, volume: -.infinity)
      #expect(player.rendition == Rendition(semitones: 24, speed: 4, volume: 0))
      player.rendition = Rendition(semitones: .min, speed: -1, volume: 1e9)
      #expect(player.rendition == Rendition(semitones: -24, speed: 0.25, volume: 2))
      player.rendition = Rendition(speed: .nan, volume: .nan)
      #expect(player.rendition == Rendition())
    }

    @Test func `a note that sounds while the key changes ends, and the next is in the new key`()
      async throws
    {
      // An ocarina, which would sound for ever.
      func strike(_ pitch: UInt8, at seconds: Double) -> TimedMessage {
        TimedMessage(seconds: seconds, message: .noteOn(channel: 0, pitch: pitch, velocity: 100))
      }
      func release(_ pitch: UInt8, at seconds: Double) -> TimedMessage {
        TimedMessage(seconds: seconds, message: .noteOff(channel: 0, pitch: pitch, velocity: 64))
      }
      var changes = PlayedChanges()
      let listening = try await heard { settings in
        let queue = try MessageQueue(lookahead: 100)
        let player = try LivePlayer(queue, soundFont: soundFont, settings: settings)
        await queue.push(
          [
            TimedMessage(seconds: 0, message: .programChange(channel: 0, program: 79)),
            strike(60, at: 0.1),
          ], settledUntil: 1)
        player.start()
        // The device has no clock: it waits for more at the end of what is written.
        while player.status.seconds < 0.9 { try await Task.sleep(for: .milliseconds(5)) }
        player.rendition.semitones = 3
        await queue.push(
          [release(60, at: 1.5), strike(60, at: 2), release(60, at: 3)], settledUntil: 4)
        queue.finish(duration: 4)
        try await player.finished()
        changes = player.changes
      }
      #expect(listening.pitch(0.5..<1.4) == 60)
      #expect(listening.pitch(2.2..<2.9) == 63)
      #expect(listening.peak(1.8..<1.95) < 0.001 && listening.peak(3.4..<3.9) < 0.001)
      #expect(changes.semitones(at: 0.1) == 0 && changes.semitones(at: 2) == 3)
    }

    /// Notes of two overlapping voices, a quarter of a second each, on channel 0 and drums.
    private var busyPiece: Performance {
      var messages: [TimedMessage] = []
      for index in 0..<48 {
        let onset = 0.1 + Double(index) * 0.11
        for (channel, pitch) in [(0, UInt8(50 + index % 5)), (0, UInt8(52 + index % 7)), (9, 36)]
          as [(UInt8, UInt8)]
        {
          messages.append(
            TimedMessage(
              seconds: onset, message: .noteOn(channel: channel, pitch: pitch, velocity: 90)))
          messages.append(
            TimedMessage(
              seconds: onset + 0.25, message: .noteOff(channel: channel, pitch: pitch, velocity: 0)
            ))
        }
      }
      messages.sort { $0.seconds < $1.seconds }
      return Performance(messages: messages, duration: 6)
    }

    @Test func `behind a port every note is let go where it was struck, whatever is changed`()
      async throws
    {
      let port = RecordingPort()
      let player = LivePlayer(busyPiece, output: port)
      player.start()
      var random = SeededGenerator(seed: 3)
      while player.status.phase != .finished {
        player.rendition.semitones = Int.random(in: -7...7, using: &random)
        player.rendition.speed = Double.random(in: 0.8..<1.6, using: &random)
        player.rendition.volume = Double.random(in: 0..<1.2, using: &random)
        try await Task.sleep(for: .milliseconds(40))
      }
      let sent = port.record.sent
      var sounding: Set<[UInt8]> = []
      var strikes = 0
      for timed in sent.dropLast(64) {
        switch timed.message {
        case .noteOn(let channel, let pitch, _):
          sounding.insert([channel, pitch])
          strikes += 1
          if channel == 9 { #expect(pitch == 36) }
        case .noteOff(let channel, let pitch, _): sounding.remove([channel, pitch])
        default: break
        }
      }
      #expect(sounding.isEmpty, "\(sounding)")
      #expect(strikes == 3 * 48)
      // In the end the channels are as loud as the music has them: 100, as it says nothing.
      for channel in UInt8(0)..<16 {
        let volumes = sent.compactMap { timed -> UInt8? in
          guard case .controlChange(channel, 7, let value) = timed.message else { return nil }
          return value
        }
        #expect(volumes.count > 2 && volumes.last == 100)
        #expect(volumes.contains { $0 < 60 })
      }
    }

    @Test func `behind a port mute is silence, and a channel's own volume is kept in proportion`()
      async throws
    {
      let port = RecordingPort()
      var piece = Pieces.melody([60, 62, 64, 65, 67, 69], every: 0.5)
      piece.messages.insert(
        TimedMessage(seconds: 0, message: .controlChange(channel: 0, controller: 7, value: 80)),
        at: 1)
      let player = LivePlayer(piece, output: port)
      // The amplitude grows with the controller's square: half of it at 57.
      player.rendition.volume = 0.5
      player.start()
      while player.status.seconds < 1 { try await Task.sleep(for: .milliseconds(5)) }
      player.setMuted(true)
      while player.status.seconds < 2 { try await Task.sleep(for: .milliseconds(5)) }
      player.setMuted(false)
      try await player.finished()
      let volumes = port.record.sent.compactMap { timed -> UInt8? in
        guard case .controlChange(0, 7, let value) = timed.message else { return nil }
        return value
      }
      #expect(volumes == [71, 57, 0, 57, 80])
    }
  }
}
