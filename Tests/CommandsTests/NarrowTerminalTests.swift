import Foundation
import TestSupport
import Testing

/// What is shown on terminals narrower than the lines, by util-linux's `script`.
@Suite(
  .enabled(
    if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"),
    "util-linux's script is not installed"))
struct NarrowTerminalTests {
  private func shown(_ line: String, columns: Int, in command: Command) throws -> String {
    let outcome = try command.shell(
      "export TERM=xterm COLUMNS=; script -qec \"stty cols \(columns); \(line)\" /dev/null")
    #expect(outcome.code == 0, "\(outcome.output)")
    return outcome.output
  }

  @Test(arguments: [15, 40, 60])
  func `the lines of a training fit, and those that are renewed never wrap`(columns: Int) throws {
    let command = try Command()
    let tune = try command.run(
      "generate", "-m", "folk", "--length", "8s", "--seed", "1", "-o", "tune.mid")
    try #require(tune.code == 0)
    let text = try shown(
      "$M train tune.mid --steps 3 --hidden 8 --layers 1 --batch 1 --window 16", columns: columns,
      in: command)
    // What is renewed stands between the sequences that turn wrapping off and on.
    let panels = text.matches(of: /\u{1B}\[\?7l([^\u{1B}]*)\u{1B}\[\?7h/)
    #expect(panels.contains { $0.1.split(separator: "\r\n").count == 3 })
    let words = text.replacing(/\u{1B}\[[0-9?]*[A-Za-z]/, with: "")
    for line in words.split(whereSeparator: \.isNewline) {
      // A word longer than the line cannot be broken.
      #expect(line.count <= columns || !line.dropFirst(2).contains(" "), "\(line)")
    }
  }

  @Test(arguments: [24, 40, 60])
  func `what a newcomer is told is broken between words, and so is help`(columns: Int) throws {
    let command = try Command()
    let told = try shown("$M", columns: columns, in: command).split(whereSeparator: \.isNewline)
    #expect(told.count > 5)
    #expect(told.allSatisfy { $0.count <= columns }, "\(told)")
    #expect(told.contains { $0.contains("musegen help") })
    let help = try shown("LC_ALL=C $M train --help", columns: columns, in: command)
    #expect(help.utf8.allSatisfy { $0 < 0x80 })
    for line in help.split(whereSeparator: \.isNewline) where line.count > columns {
      // A name stands in a column of its own: what is left of the line is one word.
      let words = line.split(separator: " ")
      let isName = line.hasPrefix("  -") || line.hasPrefix("  <")
      #expect(words.count <= 1 || isName || !line.hasPrefix(" "), "\(line)")
    }
  }

  @Test
  func `several pieces are shown on a page of small rolls that fits, with how to step through`()
    throws
  {
    let command = try Command()
    let line = "$M generate -m folk -n 8 --length 4s --seed 1 -o try.mid --overwrite"
    for (columns, across) in [(80, 4), (40, 2)] {
      let text = try shown("\(line) --roll page.svg", columns: columns, in: command)
      let lines = text.replacing(/\u{1B}\[[0-9?;]*[A-Za-z]/, with: "").split(
        omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      let heads = lines.filter { $0.contains(/^\d try-\d\.mid/) }
      #expect(heads.count == 8 / across)
      #expect(heads.allSatisfy { $0.matches(of: /try-\d\.mid/).count == across })
      #expect(lines.count { $0.contains { ("\u{2801}"..."\u{28FF}").contains($0) } } > 8 / across)
      #expect(lines.filter { $0.contains("\u{2800}") }.allSatisfy { $0.count <= columns })
      let names = (1...8).map { "try-\($0).mid" }.joined(separator: " ")
      #expect(lines.contains("step through them: musegen play \(names)"))
    }
    #expect(
      try String(contentsOf: command.folder.appending(path: "page.svg"), encoding: .utf8)
        .hasSuffix("</svg>\n"))
    let plain = try shown("NO_COLOR=1 \(line)", columns: 80, in: command)
    #expect(plain.firstMatch(of: /\u{1B}\[[0-9;]*3[0-9]/) == nil && plain.contains("8 try-8.mid"))
    // Where nobody looks there is no page, and a picture of another kind is refused.
    let piped = try command.shell(line)
    #expect(piped.code == 0 && !piped.output.contains("step through"))
    #expect(try command.run("generate", "-m", "folk", "--roll", "page.png").code == 64)
  }

  @Test(arguments: [45, 60, 90])
  func `gates are drawn in colours that a terminal takes, and no wider than it is`(
    columns: Int
  ) throws {
    let command = try Command()
    try #require(
      try command.run("generate", "-m", "folk", "--length", "8s", "--seed", "1", "-o", "tune.mid")
        .code == 0)
    let text = try shown(
      "NO_COLOR= $M gates tune.mid -m folk --top 1", columns: columns, in: command)
    #expect(text.contains("\u{1B}[38;5;") && !text.contains("\\x1b"))
    let lines = text.replacing(/\u{1B}\[[0-9?;]*[A-Za-z]/, with: "").split(
      whereSeparator: \.isNewline)
    let drawn = lines.prefix { !$0.hasPrefix("units that follow") }
    // A roll, and the four gates of two layers.
    #expect(drawn.count > 10 && drawn.allSatisfy { $0.count <= columns }, "\(drawn)")
    #expect(drawn.count { $0.contains("layer 2, forget ") } == 1)
  }

  @Test func `nothing is coloured where NO_COLOR asks for it`() throws {
    let command = try Command()
    try #require(
      try command.run("generate", "-m", "folk", "--length", "4s", "-o", "tune.mid").code == 0)
    let coloured = /\u{1B}\[[0-9;]*3[0-9]/
    let plain = try shown("NO_COLOR=1 $M info tune.mid --roll", columns: 80, in: command)
    #expect(plain.firstMatch(of: coloured) == nil)
    let usual = try shown("NO_COLOR= $M info tune.mid --roll", columns: 80, in: command)
    #expect(usual.firstMatch(of: coloured) != nil)
  }

  @Test(arguments: ["-9223372036854775808", "0", "9223372036854775807", "100000000"])
  func `a number of columns that no terminal has is passed over`(columns: String) throws {
    let command = try Command()
    try #require(
      try command.run("generate", "-m", "folk", "--length", "4s", "-o", "tune.mid").code == 0)
    let outcome = try command.shell("COLUMNS=\(columns) $M info tune.mid --roll | wc -c")
    let usual = try command.shell("COLUMNS=80 $M info tune.mid --roll | wc -c")
    #expect(outcome.code == 0 && outcome.output == usual.output)
  }
}
