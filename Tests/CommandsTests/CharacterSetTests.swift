import Commands
import Foundation
import TestSupport
import Testing

/// Drawings where the locale has no Unicode.
struct CharacterSetTests {
  // POSIX.1-2024, Base Definitions, 8.2: the first that is set and not empty counts.
  @Test(
    arguments: [
      (["LANG": "en_US.UTF-8"], true), (["LANG": "C"], false),
      (["LANG": "en_US.ISO-8859-1"], false),
      (["LANG": "C", "LC_CTYPE": "de_DE.utf8"], true),
      (["LC_ALL": "POSIX", "LANG": "C.UTF-8"], false),
      (["LC_ALL": "", "LC_CTYPE": "", "LANG": "C.UTF-8"], true),
      (["LC_ALL": "C.UTF-8", "LC_CTYPE": "C", "LANG": "C"], true),
    ] as [([String: String], Bool)])
  func `the locale says what can be shown`(environment: [String: String], isUnicode: Bool) {
    for isTerminal in [true, false] {
      let set = CharacterSet(environment: environment, isTerminal: isTerminal)
      #expect((set == .unicode) == isUnicode)
    }
  }

  @Test func `without a locale a terminal has ASCII, and a pipe may lead anywhere`() {
    #expect(CharacterSet(environment: [:], isTerminal: true) == .ascii)
    #expect(CharacterSet(environment: [:], isTerminal: false) == .unicode)
  }

  @Test func `drawings keep their width, names stay`() {
    #expect(CharacterSet.ascii.shown("▁▂▃▄▅▆▇█ │└── ⠀⠁⠿⣿ ▶ …") == "_.-=+*%# |+--  .## > .")
    #expect(CharacterSet.ascii.shown("Für Élise ♯ – 東") == "Für Élise ♯ – 東")
    #expect(CharacterSet.unicode.shown("▁█…") == "▁█…")
  }

  @Test(arguments: ["LC_ALL=C", "LC_ALL= LC_CTYPE= LANG=en_US.ISO-8859-1"])
  func `nothing that is drawn has more than ASCII there`(locale: String) throws {
    let command = try Command()
    let made = try command.shell(
      """
      $M generate -m folk --length 8s --seed 1 -o tune.mid && \
      $M train tune.mid --steps 8 --hidden 8 --layers 1 --batch 1 --window 16 --run run -o m.safetensors
      """)
    try #require(made.code == 0, "\(made.errors)")
    for line in ["info --roll tune.mid", "plot run", "runs run", "info tune.mid --form"] {
      let outcome = try command.shell("export \(locale); $M \(line)")
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(!outcome.output.isEmpty)
      #expect(outcome.output.utf8.allSatisfy { $0 < 0x80 }, "\(line)")
    }
    let drawn = try command.shell("export LC_ALL=C.UTF-8; $M plot run")
    #expect(drawn.output.contains("└"))
  }
}
