import Music
import Playback
import PlaybackTestSupport
import StandardMIDIFile
import Testing

@Suite(.enabled(if: Pieces.hasSoundFont, "no SoundFont is installed"))
struct SoundStreamTests {
  let soundFont: SoundFont
  let piece = Pieces.melody([60, 64, 67, 72], program: 0)

  init() throws { soundFont = try #require(Pieces.soundFont) }

  private func all(_ stream: SoundStream, frames: Int) -> [Float] {
    var samples: [Float] = []
    while let block = stream.next(frames: frames) {
      if block.isEmpty { break }
      samples += block
    }
    return samples
  }

  @Test(arguments: [64, 1000, 4096, 1_000_000])
  func `a streamed piece is that of a file, whatever its blocks`(frames: Int) throws {
    let stream = try SoundStream(piece, soundFont: soundFont)
    #expect(try all(stream, frames: frames) == piece.samples(soundFont: soundFont))
  }

  @Test(arguments: [0.013, 0.25, 3])
  func `a piece that grows sounds as if it had been there, however it grows`(step: Double) throws {
    let stream = try SoundStream(soundFont: soundFont)
    #expect(stream.next() == [])
    var samples: [Float] = []
    var settled = 0.0
    while settled < piece.duration {
      let next = settled + step
      stream.append(
        piece.messages.filter { (settled..<next).contains($0.seconds) }, settledUntil: next)
      settled = next
      samples += all(stream, frames: 4096)
    }
    let rest = piece.messages.filter { $0.seconds >= settled }
    stream.append(rest, settledUntil: settled)
    stream.finish(piece)
    samples += all(stream, frames: 4096)
    #expect(stream.next() == nil)
    // The last step may reach beyond the piece's end, which was not known yet.
    let file = try piece.samples(soundFont: soundFont)
    let known = Int(piece.duration * Double(stream.sampleRate)) / 64 * 64 * 2
    #expect(samples[..<known] == file[..<known])
    if step < 1 { #expect(abs(samples.count - file.count) <= Int(step * 44_100) * 2 + 128) }
  }

  @Test func `a piece is streamed from a moment in it`() throws {
    let stream = try SoundStream(piece, from: 1, soundFont: soundFont)
    let samples = all(stream, frames: 4096)
    let whole = try piece.samples(soundFont: soundFont)
    #expect(abs(whole.count - samples.count - 88_200) < 44_100)
    // A note is struck a quarter of a second after that moment.
    let before = samples[..<20_000].reduce(0) { max($0, abs($1)) }
    let after = samples[22_100..<44_000].reduce(0) { max($0, abs($1)) }
    #expect(before < after / 20)
  }
}
