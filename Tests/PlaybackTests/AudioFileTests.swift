import FileStorage
import Foundation
import Music
import Playback
import PlaybackTestSupport
import Testing
import TestSupport

/// Files are read back by SoX, which we did not write.
@Suite(.enabled(if: Pieces.hasSoundFont, "no SoundFont is installed"))
struct AudioFileTests {
  let soundFont: SoundFont
  let piece = Pieces.melody([60, 67, 72], velocity: 110)

  init() throws { soundFont = try #require(Pieces.soundFont) }

  private static func soxOutput(_ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return data
  }

  static let hasSox = ((try? soxOutput(["sox", "--version"]))?.count ?? 0) > 0

  /// Decodes a file to interleaved samples.
  private func decode(_ path: String) throws -> [Float] {
    let data = try AudioFileTests.soxOutput(
      ["sox", path, "-t", "raw", "-e", "float", "-b", "32", "-L", "-"])
    return stride(from: 0, to: data.count / 8 * 8, by: 4).map { offset in
      let bits = data[offset..<offset + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return Float(bitPattern: bits)
    }
  }

  private func withFile<Result>(
    _ name: String, _ body: (String) throws -> Result
  ) rethrows -> Result {
    let path = Pieces.temporaryPath(name)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  @Test(
    .enabled(if: hasSox, "SoX is not installed: apt install sox"),
    arguments: [
      ("wav", .int16), ("wav", .int24), ("wav", .float32), ("flac", .int16), ("flac", .int24),
    ] as [(String, AudioFormat.SampleFormat)])
  func `lossless files hold the samples to the last bit they have`(
    ending: String, samples: AudioFormat.SampleFormat
  ) throws {
    try withFile("a.\(ending)") { path in
      let settings = RenderSettings(synthesizer: Pieces.dry, samples: samples)
      let report = try piece.render(to: path, soundFont: soundFont, settings: settings)
      let expected = try piece.samples(soundFont: soundFont, settings: Pieces.dry)
      let decoded = try decode(path)
      #expect(report.seconds == Double(expected.count / 2) / 44_100)
      #expect(decoded.count == expected.count)
      // Half a step of rounding, and the scale's 32,767 against 32,768.
      let allowed: Float = samples == .int16 ? 5e-5 : 2e-7
      #expect(zip(decoded, expected).allSatisfy { abs($0 - $1) <= allowed })
    }
  }

  @Test(.enabled(if: hasSox, "SoX is not installed: apt install sox"))
  func `Vorbis sounds like the samples`() throws {
    try withFile("a.ogg") { path in
      try piece.render(
        to: path, soundFont: soundFont, settings: RenderSettings(synthesizer: Pieces.dry))
      let heard = Listening(interleaved: try decode(path))
      let onsets = heard.onsets(threshold: 0.01)
      try #require(onsets.count == 3)
      for (index, pitch) in [60, 67, 72].enumerated() {
        #expect(heard.pitch(onsets[index]..<onsets[index] + 0.2) == pitch)
      }
      #expect(abs(onsets[2] - onsets[0] - 1) < 0.01)
    }
  }

  /// SoX as packaged reads neither: that they begin as they must and have a lossy file's size is seen.
  @Test(arguments: [("a.opus", Array("OggS".utf8)), ("a.mp3", [0xFF, 0xFB])])
  func `Opus and MP3 are written at 48 kHz`(name: String, magic: [UInt8]) throws {
    try withFile(name) { path in
      var settings = RenderSettings(
        synthesizer: Pieces.dry, metadata: AudioMetadata(title: "Air"))
      settings.synthesizer.sampleRate = 48_000
      let report = try piece.render(to: path, soundFont: soundFont, settings: settings)
      let bytes = try readFile(at: path)
      #expect(Array(bytes.prefix(magic.count)) == magic)
      #expect((1_000..<40_000).contains(Double(bytes.count) / report.seconds))
    }
  }

  @Test func `the loudest sample is brought to a level`() throws {
    try withFile("a.wav") { path in
      let settings = RenderSettings(
        synthesizer: Pieces.dry, samples: .float32, peakLevel: -6.020_6)
      let report = try piece.render(to: path, soundFont: soundFont, settings: settings)
      #expect(abs(report.peak - 0.5) < 0.001)
    }
  }

  @Test(arguments: ["wav", "flac", "ogg"])
  func `where samples are too loud all are made softer, and none is cut off`(
    _ ending: String
  ) throws {
    try withFile("a.\(ending)") { path in
      var settings = RenderSettings(synthesizer: Pieces.dry)
      let quiet = try piece.render(to: path, soundFont: soundFont, settings: settings)
      #expect(quiet.attenuation == 0)
      settings.synthesizer.gain = 10
      let report = try piece.render(to: path, soundFont: soundFont, settings: settings)
      // 1 dB below full scale.
      #expect(abs(report.peak - 0.891_25) < 0.001)
      // FluidSynth's gain is a factor of all that it sums.
      let loudness = quiet.peak * 10 / SynthesizerSettings().gain
      #expect(abs(report.attenuation - (20 * log10(loudness) + 1)) < 0.1)
      #expect(report.seconds == quiet.seconds)
    }
  }

  @Test func `a file of floating point holds what is above full scale, and none of it is cut`()
    throws
  {
    try withFile("a.wav") { path in
      var settings = RenderSettings(synthesizer: Pieces.dry, samples: .float32)
      settings.synthesizer.gain = 10
      let report = try piece.render(to: path, soundFont: soundFont, settings: settings)
      let bytes = try readFile(at: path)
      // The chunk's length stands behind its name; the samples, least byte first, behind that.
      let name = try #require(bytes.firstRange(of: Array("data".utf8)))
      let start = name.upperBound + 4
      let length = bytes[name.upperBound..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
      var loudest: Float = 0
      for place in stride(from: start, to: start + length, by: 4) {
        let bits = bytes[place..<place + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        loudest = max(loudest, abs(Float(bitPattern: bits)))
      }
      #expect(loudest > 1 && loudest == report.peak)
      #expect(report.attenuation == 0)
    }
  }

  @Test(.enabled(if: hasSox, "SoX is not installed: apt install sox"))
  func `a fade-out ends with the piece in silence`() throws {
    try withFile("a.wav") { path in
      let organ = Pieces.melody([60], sounding: 2, program: 19)
      let end = Pieces.start + 0.5
      let settings = RenderSettings(synthesizer: Pieces.dry, fadeOut: 0.4)
      let report = try organ.render(to: path, soundFont: soundFont, settings: settings)
      #expect(abs(report.seconds - end) < 0.001)
      let heard = Listening(interleaved: try decode(path))
      #expect(heard.peak(0.35..<0.45) > 0.02)
      #expect(heard.peak(end - 0.01..<end) < heard.peak(0.35..<0.45) / 10)
    }
  }

  @Test(.enabled(if: hasSox, "SoX is not installed: apt install sox"))
  func `a file tells its title and comment`() throws {
    try withFile("a.flac") { path in
      let settings = RenderSettings(
        synthesizer: Pieces.dry, metadata: AudioMetadata(title: "Air", comment: "seed 7"))
      try piece.render(to: path, soundFont: soundFont, settings: settings)
      let text = String(
        decoding: try AudioFileTests.soxOutput(["sox", "--info", "-a", path]), as: UTF8.self)
      #expect(text.lowercased().contains("title=air"))
      #expect(text.lowercased().contains("seed 7"))
    }
  }

  @Test(arguments: ["song", "song.mid", "wav", ".wavy"])
  func `a name without an audio format's ending is refused`(name: String) {
    let error = #expect(throws: PlaybackError.self) {
      try piece.render(to: name, soundFont: soundFont)
    }
    #expect(error?.description.contains("expected a name ending in .wav, .flac, .ogg") == true)
  }

  @Test func `floating point is refused in FLAC, which holds whole numbers alone`() {
    withFile("a.flac") { path in
      #expect(throws: PlaybackError.self) {
        try piece.render(
          to: path, soundFont: soundFont, settings: RenderSettings(samples: .float32))
      }
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `a folder that does not exist is an error and nothing is written`() {
    let error = #expect(throws: PlaybackError.self) {
      try piece.render(to: "/nonexistent/a.wav", soundFont: soundFont)
    }
    guard case .file = error?.reason else {
      Issue.record("unexpected error: \(String(describing: error))")
      return
    }
  }

  @Test func `a sample rate that a format lacks is an error and leaves no file`() throws {
    let folder = Pieces.temporaryPath("folder")
    try createFolder(at: folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(throws: PlaybackError.self) {
      try piece.render(
        to: "\(folder)/a.opus", soundFont: soundFont,
        settings: RenderSettings(synthesizer: SynthesizerSettings(sampleRate: 44_100)))
    }
    #expect(try listFolder(at: folder).isEmpty)
  }
}
