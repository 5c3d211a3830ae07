import Foundation
import MuseGen
import TestSupport
import Testing

/// What is printed: that it arrives, that it is told where it does not, and that it steers nothing.
struct StandardOutputTests {
  let command: Command

  init() throws {
    command = try Command()
    try command.write(scale(20), to: "a.mid")
  }

  func scale(_ count: Int) -> [UInt8] {
    let notes = (0..<count).map {
      Note(onset: $0 * 240, duration: 240, pitch: UInt8(60 + $0 % 12), velocity: 80)
    }
    return Score(tracks: [Track(notes: notes)], endTick: count * 240).midiFile().bytes()
  }

  static let printing = [
    "--help", "--version", "train --help", "help corpus", "--generate-completion-script bash",
    "info a.mid", "info a.mid --notes", "info . --json", "info .", "tokens a.mid",
    "tokens a.mid --json", "tokens .", "train . --print-config", "models", "models --json",
    "corpus",
    "corpus list --json", "compare . .", "compare . . --json", "copied a.mid .", "devices",
    "bench parse a.mid --json",
    "train . --hidden 4 --layers 1 --steps 2 --json --run r -o r.safetensors --overwrite",
  ]

  @Test(arguments: printing)
  func `output that cannot be written is one line and exit code 74`(arguments: String) throws {
    for (place, reason) in [(">/dev/full", "no space left on device"), (">&-", "it is closed")] {
      try? FileManager.default.removeItem(at: command.folder.appending(path: "r"))
      let outcome = try command.shell("exec \"$M\" \(arguments) \(place)")
      #expect(outcome.code == 74, "\(arguments) \(place)")
      #expect(
        outcome.errors == "musegen: standard output: cannot write: \(reason)\n",
        "\(arguments) \(place)")
    }
  }

  @Test func `no line of musegen's own is escaped`() throws {
    for arguments in [
      "bench train --hidden 8 --layers 1 --steps 1 --batch 2 --window 4",
      "bench generate --hidden 8 --layers 1 --seconds 0.01", "bench parse a.mid --passes 1",
      "info a.mid", "tokens .", "corpus list", "models", "devices", "compare . .", "copied a.mid .",
    ] {
      let outcome = try command.shell("\"$M\" \(arguments)")
      #expect(outcome.output.contains("\n") && !outcome.output.contains("\\x"), "\(arguments)")
    }
  }

  @Test func `a reader that has gone ends it quietly`() throws {
    try command.write(scale(20_000), to: "long.mid")
    for arguments in [
      "tokens long.mid", "info long.mid --notes", "tokens long.mid --json", "--help",
    ] {
      let outcome = try command.shell(
        "\"$M\" \(arguments) | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}")
      #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(arguments)")
    }
  }

  @Test func `without standard output a written file is whole`() throws {
    let outcome = try command.shell(
      """
      "$M" tokens a.mid --json >a.json && "$M" tokens --decode a.json -o b.mid >/dev/null &&
      for closed in '>&-' '<&- >&-' '<&- >&- 2>&-'; do
        eval "\\"$M\\" tokens --decode a.json -o c.mid $closed"
        [ $? = 74 ] && cmp b.mid c.mid && rm c.mid || exit 1
      done
      """)
    #expect(outcome.code == 0, "\(outcome.errors)")
  }

  @Test func `lines of both outputs stand in the order in which they came`() throws {
    try command.write(Array("no music".utf8), to: "b.mid")
    try command.write(scale(1), to: "c.mid")
    let text = try command.shell("\"$M\" info a.mid b.mid c.mid 2>&1 | cat").output
    let places = ["a.mid", "musegen: b.mid", "c.mid"].map { text.range(of: $0)?.lowerBound }
    #expect(
      places.allSatisfy { $0 != nil }
        && places.compactMap(\.self) == places.compactMap(\.self).sorted())
  }

  /// What ECMA-48 and Unicode's bidirectional algorithm take for orders, and what ends a line.
  static let steering = "\u{1B}[31m\u{7}\n\r\t\u{7F}\u{9B}2J\u{85}\u{202E}\u{2066}\u{2028}\u{2029}"

  @Test func `no name can steer the terminal`() throws {
    let name = "x\(Self.steering)y"
    try command.write(scale(4), to: "f/\(name).mid")
    try command.write(Array("nothing".utf8), to: "f/\(name)bad.mid")
    try command.write(Array("nothing".utf8), to: "f/\(name).safetensors")
    let file = "f/\(name).mid"
    for arguments in [
      ["info", "f"], ["info", "f", "--json"], ["info", "f", "--notes"], ["info", file],
      ["info", "f/\(name)bad.mid"], ["tokens", "f", "--json"], ["tokens", file, "--json"],
      ["tokens", "f"],
      ["copied", file, "f"], ["compare", "f", "f"], ["info", name], ["runs", name], [name],
      ["--\(name)"],
      ["generate", "-m", "f/\(name).safetensors"], ["models"], ["render", name, "-o", name],
      ["info", "f/*"],
    ] {
      let outcome = try command.run(
        arguments, environment: ["MUSEGEN_MODELS": command.folder.path + "/f"])
      for (text, isRow) in [
        (outcome.output, arguments.contains("--notes")), (outcome.errors, false),
      ] {
        let found = text.unicodeScalars.first {
          Self.steering.unicodeScalars.contains($0) && $0 != "\n"
            && !"[31m2J".unicodeScalars.contains($0)
            && !(isRow && $0 == "\t")
        }
        #expect(found == nil, "\(arguments) U+\(String(found?.value ?? 0, radix: 16))")
      }
      #expect(outcome.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("musegen: ") })
    }
    let rows = try command.run("info", "f", "--notes").output.split(separator: "\n")
    #expect(rows.count == 4 && rows.allSatisfy { $0.split(separator: "\t").count == 7 })
    // A line for the head, one for each file, a blank one, the totals; a blank one and two for what fails.
    #expect(try command.run("info", "f").output.split(separator: "\n").count == 5)
  }

  @Test func `a line on standard error has an end`() throws {
    let outcome = try command.run("info", String(repeating: "long", count: 20_000) + ".mid")
    #expect(outcome.code == 66)
    #expect(outcome.errors.count <= 2020 && outcome.errors.hasSuffix("…\n"))
  }
}
