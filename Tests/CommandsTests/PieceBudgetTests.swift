import MuseGen
import TestSupport
import Testing

/// What a user is told of pieces that cost far more than others.
struct PieceBudgetTests {
  private let command: Command

  init() throws { command = try Command() }

  private func write(_ name: String, notes: Int, every ticks: Int = 240, held: Int = 0) throws {
    let end = ticks * notes
    let score = Score(
      tracks: [
        Track(
          notes: (0..<notes).map {
            Note(onset: ticks * $0, duration: 240, pitch: UInt8(40 + $0 % 40))
          }),
        Track(notes: (0..<held).map { Note(onset: 0, duration: end, pitch: UInt8(80 + $0)) }),
      ], endTick: end)
    try command.write(score.midiFile().bytes(), to: name)
  }

  @Test func `a piece that costs more than its file can mean is refused, or skipped in a folder`()
    throws
  {
    // Another note every 160 frames in which 28 sound on: 4,480 tokens for its eight bytes.
    try write("songs/held.mid", notes: 60, every: 40 * 480, held: 28)
    try write("songs/song.mid", notes: 40)
    let alone = try command.run("tokens", "songs/held.mid", "--tokens", "pianoroll")
    #expect(alone.code == 65)
    #expect(alone.output.isEmpty)
    let line = "musegen: songs/held.mid: found more than "
    #expect(alone.errors.hasPrefix(line) && alone.errors.hasSuffix(" more\n"), "\(alone.errors)")
    #expect(alone.errors.split(separator: "\n").count == 1)
    let folder = try command.run("tokens", "songs", "--tokens", "pianoroll", "--json")
    #expect(folder.code == 0)
    #expect(
      folder.errors.hasPrefix(line) && folder.errors.hasSuffix("; skipped\n"), "\(folder.errors)")
    #expect(folder.errors.split(separator: "\n").count == 1)
    #expect(try command.run("tokens", "songs/held.mid", "--tokens", "tsd").code == 0)
  }

  @Test func `a piece that is more than half of many is told`() throws {
    for song in 0..<5 { try write("songs/\(song).mid", notes: 40 + song) }
    let even = try command.run("tokens", "songs", "--tokens", "tsd", "--json")
    #expect(even.errors == "")
    try write("songs/long.mid", notes: 1_000)
    let heavy = try command.run("tokens", "songs", "--tokens", "tsd", "--json")
    #expect(heavy.code == 0)
    #expect(
      heavy.errors
        == "musegen: songs/long.mid: 82 % of all tokens, more than the other 5 pieces together\n")
    // Of a few pieces one may well be most of the music.
    let few = try command.run("tokens", "songs/long.mid", "songs/1.mid", "--tokens", "tsd")
    #expect(few.errors == "", "\(few.errors)")
  }
}
