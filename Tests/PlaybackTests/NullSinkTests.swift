import Foundation
import Music
import Playback
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: Pieces.hasSoundFont, "no SoundFont is installed"))
struct NullSinkTests {
  static let pitches: [UInt8] = [60, 64, 67, 72, 62, 65, 69, 74]

  @Test func `a performance is heard at the right times and pitches`() throws {
    guard let sink = NullSink() else { return }
    let piece = Pieces.melody(NullSinkTests.pitches)
    let recorded = try heard(through: sink) { soundFont, settings in
      try LivePlayer(piece, soundFont: soundFont, settings: settings)
    }
    try expect(recorded, sounds: piece)
  }

  @Test func `music pushed into a queue while it plays is heard at the same times`() throws {
    guard let sink = NullSink() else { return }
    let piece = Pieces.melody(NullSinkTests.pitches)
    let queue = MessageQueue(lookahead: 0.5)
    let writer = Thread {
      for message in piece.messages { queue.push([message], settledUntil: message.seconds) }
      queue.finish(duration: piece.duration)
    }
    writer.start()
    let recorded = try heard(through: sink) { soundFont, settings in
      try LivePlayer(queue, soundFont: soundFont, settings: settings)
    }
    try expect(recorded, sounds: piece)
  }

  private func heard(
    through sink: NullSink,
    _ makePlayer: (SoundFont, LiveSettings) throws -> LivePlayer
  ) throws -> [Float] {
    try sink.startRecording()
    let player = try makePlayer(
      #require(Pieces.soundFont), LiveSettings(synthesizer: Pieces.dry, device: NullSink.device))
    #expect(player.sampleRate == NullSink.sampleRate)
    player.start()
    let status = try player.waitUntilFinished()
    #expect(status.underruns == 0)
    #expect(status.stalledSeconds == 0)
    return try sink.finishRecording()
  }

  private func expect(_ recorded: [Float], sounds piece: Performance) throws {
    let offline = try renderSamples(
      of: piece, soundFont: #require(Pieces.soundFont), settings: Pieces.dry)
    let live = Listening(interleaved: recorded)
    let expected = Listening(interleaved: offline).onsets()
    let onsets = live.onsets()
    #expect(expected.count == NullSinkTests.pitches.count)
    try #require(onsets.count == expected.count)
    for (index, pitch) in NullSinkTests.pitches.enumerated() {
      let onset = onsets[index] - onsets[0]
      #expect(abs(onset - Double(index) * 0.5) < 0.020)
      #expect(abs(onset - (expected[index] - expected[0])) < 0.020)
      #expect(live.pitch(onsets[index]..<onsets[index] + 0.2) == Int(pitch))
    }
  }
}
