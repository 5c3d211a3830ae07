import Foundation
import Music
import Playback
import PlaybackTestSupport
import Testing
import TestSupport

extension LiveSoundTests {
  /// Live playback into a device that takes one format and rate, and that goes wrong.
  @Suite(.enabled(if: Pieces.hasSoundFont, "no SoundFont is installed"))
  struct AudioDeviceTests {
    let soundFont: SoundFont
    let piece = Pieces.melody([60, 64, 67, 72])

    init() throws { soundFont = try #require(Pieces.soundFont) }

    private func open() throws -> LivePlayer {
      try LivePlayer(
        piece, soundFont: soundFont,
        settings: LiveSettings(synthesizer: Pieces.dry, device: ScriptedDevice.name))
    }

    private func play() async throws -> PlaybackStatus {
      let player = try open()
      player.start()
      return try await player.finished()
    }

    private func rendered(sampleRate: Int = 44_100) throws -> [Float] {
      var settings = Pieces.dry
      settings.sampleRate = sampleRate
      return try piece.samples(soundFont: soundFont, settings: settings)
    }

    private static let formats: [(name: String, bytes: Int)] = [
      ("FLOAT_LE", 4), ("S32_LE", 4), ("S16_LE", 2),
    ]

    @Test(arguments: formats, [44_100, 48_000])
    func `a device is given the rendered samples in its format and at its rate`(
      format: (name: String, bytes: Int), sampleRate: Int
    ) async throws {
      let device = try ScriptedDevice(isForThisProcess: true) { script in
        script.format = format.name
        script.sampleRate = sampleRate
      }
      let player = try open()
      #expect(player.sampleRate == sampleRate)
      player.start()
      #expect(try await player.finished().underruns == 0)
      let words = ScriptedDevice.words(try device.played(), bytes: format.bytes)
      let heard: [Float] = words.map { word in
        switch format.name {
        case "S32_LE": Float(Double(Int32(truncatingIfNeeded: word)) / 2_147_483_647)
        case "S16_LE": Float(Int16(truncatingIfNeeded: word)) / 32_767
        default: Float(bitPattern: UInt32(word))
        }
      }
      let expected = try rendered(sampleRate: sampleRate)
      #expect(heard.count == expected.count)
      // Half a step of rounding.
      let allowed: Float = format.bytes == 2 ? 0.51 / 32_767 : 1e-7
      #expect(zip(heard, expected).allSatisfy { abs($0 - $1) <= allowed })
      #expect(heard.contains { abs($0) > 0.01 })
    }

    @Test(arguments: [1, 4])
    func `a device with one channel hears both sides, one with four has two silent`(
      channels: Int
    ) async throws {
      let device = try ScriptedDevice(isForThisProcess: true) { $0.channels = channels }
      _ = try await play()
      let expected = try rendered()
      let heard = try device.playedFloats()
      #expect(heard.count == expected.count / 2 * channels)
      #expect(
        heard.indices.allSatisfy { index in
          let (frame, channel) = (index / channels, index % channels)
          let (left, right) = (expected[2 * frame], expected[2 * frame + 1])
          if channels == 1 { return heard[index] == (left + right) / 2 }
          return heard[index] == [left, right, 0, 0][channel]
        })
    }

    @Test(arguments: ["underrun", "suspend"])
    func `after an underrun or a sleep playback goes on, counted and without loss`(
      trouble: String
    ) async throws {
      let device = try ScriptedDevice(isForThisProcess: true) { script in
        script.trouble = trouble
        script.troubleFrame = 40_000
      }
      #expect(try await play().underruns == 1)
      #expect(try device.playedFloats() == rendered())
    }

    @Test func `an underrun while the music is held is none`() async throws {
      let device = try ScriptedDevice(isForThisProcess: true) { script in
        script.trouble = "underrun"
        script.troubleFrame = 40_000
      }
      let player = try open()
      player.pause()
      player.start()
      let deadline = ContinuousClock.now + .seconds(10)
      while try device.played().count < 8 * 60_000, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(try device.played().count >= 8 * 60_000)
      player.resume()
      #expect(try await player.finished().underruns == 0)
    }

    @Test func `a device that goes away is lost, with what was played until then`() async throws {
      let device = try ScriptedDevice(isForThisProcess: true) { script in
        script.trouble = "loss"
        script.troubleFrame = 40_000
      }
      await #expect(
        throws: PlaybackError(
          .deviceLost(name: ScriptedDevice.name, problem: "no such device"))
      ) { try await play() }
      let played = try device.playedFloats()
      #expect(try rendered().starts(with: played))
      #expect(played.count >= 80_000)
    }

    @Test func `a device that breaks after every recovery is lost`() async throws {
      let device = try ScriptedDevice(isForThisProcess: true) { script in
        script.trouble = "underrun"
        script.isTroubleRepeated = true
      }
      let error = await #expect(throws: PlaybackError.self) { try await play() }
      #expect(error?.description == "sound device scripted was lost: broken pipe")
      #expect(try device.played().isEmpty)
    }

    @Test func `a device that takes none of our formats is refused`() async throws {
      let device = try ScriptedDevice(isForThisProcess: true) { $0.format = "U8" }
      let error = await #expect(throws: PlaybackError.self) { try await play() }
      #expect(
        error?.description
          == "sound device scripted: takes neither floating point nor 32- or 16-bit "
          + "samples")
      withExtendedLifetime(device) {}
    }

    @Test func `the moment of the first sound is that of the first note on the device's clock`()
      async throws
    {
      let device = try ScriptedDevice(isForThisProcess: true) { $0.speed = 1 }
      let player = try open()
      #expect(player.status.firstSound == nil)
      let start = ContinuousClock.now
      player.start()
      let instant = try #require(try await player.finished().firstSound)
      let heard = Listening(interleaved: try device.playedFloats())
      let onset = try #require(heard.onsets(threshold: 0.000_178).first)
      // The device starts once its buffer is filled, which a busy machine may delay.
      #expect((onset - 0.002..<onset + 0.5).contains((instant - start) / .seconds(1)))
    }

    @Test func `a device is not started before there is music to play`() async throws {
      let device = try ScriptedDevice(isForThisProcess: true) { $0.speed = 1 }
      let queue = try MessageQueue()
      let player = try LivePlayer(
        queue, soundFont: soundFont,
        settings: LiveSettings(synthesizer: Pieces.dry, device: ScriptedDevice.name))
      player.start()
      usleep(300_000)
      await queue.push(piece.messages, settledUntil: piece.duration)
      queue.finish(duration: piece.duration)
      #expect(try await player.finished().stalledSeconds == 0)
      #expect(try device.playedFloats() == rendered())
    }
  }
}
