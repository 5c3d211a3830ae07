import Foundation
import MuseGen
import TestSupport
import Testing

/// `musegen play` on a pseudo-terminal, heard by a PulseAudio sink, with keys typed.
@Suite(
  .serialized,
  .enabled(if: TerminalSession.isAvailable, "util-linux's script is not installed"),
  .enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
struct PlayCommandTests {
  let command: Command
  /// Twenty seconds, a note each half second.
  let piece = Score(
    tracks: [
      Track(
        notes: (0..<40).map { index in
          Note(onset: index * 480, duration: 400, pitch: UInt8(60 + index % 12), velocity: 90)
        })
    ], endTick: 40 * 480)

  init() throws {
    command = try Command()
    try command.write(piece.midiFile().bytes(), to: "piece.mid")
  }

  private static let play = "musegen play piece.mid --device \(NullSink.device)"

  @Test func `keys pause, seek, save and quit`() throws {
    guard let sink = NullSink() else { return }
    let session = try TerminalSession(
      PlayCommandTests.play, in: command, through: sink,
      typing: [(1.5, "\u{1B}[C"), (0.5, " "), (0.7, " "), (0.3, "ms"), (0.3, "q")])
    #expect(session.code == 0)
    #expect(session.isRestored)
    #expect(session.output.contains("‖ 0:0"))
    #expect(session.output.contains("muted"))
    #expect(session.output.contains("▀") && session.output.contains("♩ = 120"))
    #expect(session.output.contains("saved piece-played.mid"))
    let saved = Score(
      try MIDIFile(
        bytes: Array(Data(contentsOf: command.folder.appending(path: "piece-played.mid")))))
    let seconds = TempoMap(division: saved.division, tempos: saved.tempos)
      .seconds(atTick: saved.endTick)
    // Two seconds of playing and five of seeking, on a machine that may be busy.
    #expect((5.0..<13).contains(seconds))
    #expect(saved.tracks.flatMap(\.notes).count == Int(seconds * 2 - 1e-6) + 1)
  }

  @Test func `Ctrl-C ends with its exit code and the terminal as it was`() throws {
    guard let sink = NullSink() else { return }
    let session = try TerminalSession(
      PlayCommandTests.play, in: command, through: sink, typing: [(1.5, "\u{3}")])
    #expect(session.code == 130)
    #expect(session.isRestored)
  }

  @Test(arguments: [0.2, 0.5, 1.1, 1.9])
  func `killed at any moment it leaves no stuck terminal`(seconds: Double) throws {
    guard let sink = NullSink() else { return }
    let session = try TerminalSession(
      "timeout --foreground -s KILL \(seconds) \(PlayCommandTests.play)", in: command, through: sink
    )
    #expect(session.code == 137)
    #expect(session.isRestored)
    // The screen and the cursor are given back where they were taken.
    #expect(session.output.contains("\u{1B}[?1049h") == session.output.contains("\u{1B}[?1049l"))
    #expect(session.output.contains("\u{1B}[?25l") == session.output.contains("\u{1B}[?25h"))
  }

  @Test func `where output is no terminal it is plain`() throws {
    let outcome = try command.run("play", "piece.mid", "--device", "null")
    #expect(outcome.code == 0)
    #expect(outcome.errors == "")
    #expect(
      outcome.output == "piece.mid: \(PieceStatistics(piece))\nplayed 20 s\n")
  }

  @Test func `new music goes on for ever, with another seed at a key, and is saved`() throws {
    guard let sink = NullSink() else { return }
    let trained = try command.run(
      "train", "piece.mid", "--steps", "2", "--hidden", "16", "--layers", "1")
    try #require(trained.code == 0, "\(trained.errors)")
    let session = try TerminalSession(
      "musegen play --forever --length 3 --seed 7 --device \(NullSink.device)", in: command,
      through: sink, typing: [(2, "\u{1B}[A"), (0.2, "r"), (1.5, "s"), (0.5, "q")])
    #expect(session.code == 0)
    #expect(session.isRestored)
    #expect(session.output.contains("new music, seed 7"))
    #expect(session.output.contains("temperature 1.05"))
    let seeds = Set(session.output.matches(of: /new music, seed (\d+)/).map { $0.1 })
    #expect(seeds.count > 1)
    let saved = try Data(contentsOf: command.folder.appending(path: "musegen-7.mid"))
    let score = Score(try MIDIFile(bytes: Array(saved)))
    #expect(!score.tracks.flatMap(\.notes).isEmpty)
  }

  @Test func `a port where there is no sequencer is refused in one line`() throws {
    if FileManager.default.fileExists(atPath: "/dev/snd/seq") { return }
    let outcome = try command.run("play", "piece.mid", "--port", "128:0")
    #expect(outcome.code == 69)
    #expect(
      outcome.errors
        == "musegen: MIDI port sequencer: no such file or directory; musegen devices lists the ports\n"
    )
  }
}
