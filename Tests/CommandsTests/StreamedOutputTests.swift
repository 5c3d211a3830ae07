import Foundation
import MuseGen
import TestSupport
import Testing

/// Music that is written to standard output and into pipes.
struct StreamedOutputTests {
  private let command: Command

  init() throws {
    command = try Command()
    let tune = try Score(motif: "C4 D4 E4 F4 G4/2 E4/2 C4/1")
    try command.write(tune.midiFile().bytes(), to: "tune.mid")
  }

  private func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: command.folder.appending(path: name))
  }

  @Test(
    arguments: [
      "generate -m folk --length 2bars --seed 3", "edit tune.mid --transpose 2",
      "vary tune.mid -m folk --bars 2 --seed 3", "harmonize tune.mid -m chorales --seed 3",
    ])
  func `a piece goes to standard output as into a file, and the words to standard error`(
    line: String
  ) throws {
    let plain = try command.shell("$M \(line) -o plain.mid")
    try #require(plain.code == 0, "\(plain.errors)")
    for (name, redirection) in [
      ("a.mid", "-o - > a.mid"), ("b.mid", "-o /dev/stdout > b.mid"),
      ("c.mid", "-o - | cat > c.mid"),
      ("d.mid", "-o - > d.mid -o e.mid"),
    ] where name != "d.mid" || line.hasPrefix("generate") {
      let outcome = try command.shell("set -o pipefail; $M \(line) \(redirection)")
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains(" notes"), "\(outcome.errors)")
      #expect(try bytes(name) == bytes("plain.mid"), "\(redirection)")
    }
    if line.hasPrefix("generate") { #expect(try bytes("e.mid") == bytes("plain.mid")) }
  }

  @Test func `what stands in the file behind > stays before it`() throws {
    let outcome = try command.shell("echo before > a; $M edit tune.mid --transpose 2 -o - >> a")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try bytes("a").starts(with: Data("before\nMThd".utf8)))
  }

  @Test func `sound goes there too, in the format asked for`() throws {
    for (flags, magic) in [("", "RIFF"), ("--format flac", "fLaC")] {
      let outcome = try command.shell("$M render tune.mid -o - \(flags) > sound")
      try #require(outcome.code == 0, "\(outcome.errors)")
      #expect(try bytes("sound").starts(with: Data(magic.utf8)))
      #expect(outcome.errors.contains(" s, loudest sample "))
    }
  }

  @Test func `a pipe that is called a score takes a score`() throws {
    let outcome = try command.shell(
      "mkfifo pipe.musicxml; cat pipe.musicxml > a.musicxml & "
        + "$M generate -m folk --length 2bars --seed 3 -o pipe.musicxml && wait && "
        + "$M generate -m folk --length 2bars --seed 3 -o b.musicxml")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try bytes("a.musicxml").starts(with: Data("<?xml".utf8)))
    #expect(try bytes("a.musicxml") == bytes("b.musicxml"))
  }

  @Test func `a pipe takes a piece whatever it is called`() throws {
    let outcome = try command.shell(
      "mkfifo pipe; cat pipe > a.mid & $M edit tune.mid --transpose 2 -o pipe && wait && "
        + "$M edit tune.mid --transpose 2 -o b.mid")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try bytes("a.mid") == bytes("b.mid"))
  }

  @Test func `a file that was opened for it takes a piece, one of its own does not`() throws {
    let outcome = try command.shell("$M edit tune.mid --transpose 2 -o /dev/fd/3 3> a.mid")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try bytes("a.mid").starts(with: Data("MThd".utf8)))
    // What runs tasks and timers has files of its own open.
    for number in 3...9 {
      let refused = try command.shell(
        "for file in 3 4 5 6 7 8 9; do eval \"exec $file>&-\"; done; "
          + "timeout 20 $M edit tune.mid --transpose 2 -o /dev/fd/\(number)")
      #expect(refused.code == 73, "\(number): \(refused.errors)")
      #expect(refused.errors.hasPrefix("musegen: /dev/fd/\(number): cannot write: it is closed"))
    }
  }

  @Test(
    arguments: [
      (
        "generate -m folk --length 1bars -n 2 -o - > a",
        "-o - takes one piece, expected no -n with it"
      ),
      (
        "edit tune.mid --split tracks -o - > a", "-o - takes one piece, expected no --split with it"
      ),
      ("edit tune.mid --transpose 1 -o /dev/fd/0 < tune.mid > a", "/dev/fd/0:"),
      ("play -m folk -o - > a", "-o - is a stream, expected a file"),
      (
        "generate -m folk --length 1bars -o - -o /dev/stdout > a",
        "standard output is given twice: -, /dev/stdout"
      ),
    ] as [(String, String)])
  func `what cannot go there is refused in one line`(line: String, told: String) throws {
    let outcome = try command.shell("$M \(line)")
    #expect(outcome.code != 0)
    #expect(outcome.errors.hasPrefix("musegen: \(told)"), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try bytes("a").isEmpty)
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"),
      "util-linux's script is not installed"))
  func `a terminal is not filled with bytes`() throws {
    let outcome = try command.shell(
      "export TERM=dumb; script -qec \"$M edit tune.mid --transpose 2 -o -\" /dev/null")
    #expect(outcome.code == 64)
    #expect(
      outcome.output.contains("-o /dev/stdout: standard output is a terminal, expected a pipe"))
  }
}
