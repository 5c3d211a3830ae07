import Drawing
import ArgumentParser
import Commands
import Foundation
import Testing

/// Keys, numbers, tables and exit codes.
struct TextOutputTests {
  // ECMA-48: CSI is ESC [; xterm's control sequences: arrows are CSI or SS3 with A, B, C, D.
  @Test func `arrows are told from the bytes that terminals send`() {
    let bytes: [(String, [Key])] = [
      ("\u{1B}[A\u{1B}[B\u{1B}[C\u{1B}[D", [.up, .down, .right, .left]),
      ("\u{1B}OA\u{1B}OB", [.up, .down]),
      ("q R ", [.character("q"), .character(" "), .character("r"), .character(" ")]),
      // Delete, F5 and a shifted arrow end with a tilde or a letter, and are no keys of ours.
      ("\u{1B}[3~x\u{1B}[15~", [.character("x")]), ("\u{1B}[1;2A", [.up]),
      // Escape by itself.
      ("\u{1B}q", [.character("q")]), ("\u{1B}\u{1B}[A", [.up]), ("\r\n\u{7F}", []),
      // Ctrl-Z.
      ("\u{1A}q", [.suspend, .character("q")]),
    ]
    for (text, keys) in bytes {
      var decoder = KeyDecoder()
      #expect(text.utf8.compactMap { decoder.decode($0) } == keys)
    }
  }

  @Test func `numbers are grouped by thousands and rounded as printf does, but for zero's sign`() {
    for (number, text) in [
      (0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567"),
      (Int.min, "-9,223,372,036,854,775,808"),
    ] { #expect(number.grouped == text) }
    #expect([1, 2, 1_000].map { $0.counted("note") } == ["1 note", "2 notes", "1,000 notes"])
    #expect(
      (2.675).decimals(1) == "2.7" && (1.0 / 3).decimals(3) == "0.333" && (-0.5).decimals(0) == "0"
        && (-0.04).decimals(1) == "0.0" && (-0.06).decimals(1) == "-0.1"
    )
  }

  @Test func `a table's columns are as wide as their widest cells`() {
    let table = TextTable([["a", "bbb", "c"], ["aaaa", "b"], ["", "", "cc"]])
    #expect(table.lines == ["a     bbb  c", "aaaa  b", "           cc"])
  }

  @Test func `a text from a file cannot steer a terminal`() {
    #expect(" a\u{1B}[2Jb\u{7}\n".onOneLine == "a [2Jb")
    // Right-to-left override is a format character.
    #expect("x\u{202E}y".onOneLine == "x y")
  }

  // RFC 8259, section 7: any character may be escaped; those beyond U+FFFF as a surrogate pair.
  @Test func `JSON cannot steer a terminal either, and says the same`() throws {
    let name = "a\u{9B}b\u{202E}c\u{2028}d\u{7F}e\u{E0001}é🎻"
    let text = String(decoding: try JSONEncoder().encode([name]), as: UTF8.self).displayedJSON
    #expect(text == #"["a\u009bb\u202ec\u2028d\u007fe\udb40\udc01é🎻"]"#)
    #expect(try JSONDecoder().decode([String].self, from: Data(text.utf8)) == [name])
  }

  @Test func `a table's cells cannot tear it`() {
    #expect(
      TextTable([["a\nb", "c"], ["d", "e\tf"]]).lines == ["a\\x0ab  c", "d       e\\x09f"])
  }

  @Test func `a text is broken between words, and a long word stays whole`() {
    #expect("one two three".wrapped(to: 13) == ["one two three"])
    #expect("one two three".wrapped(to: 12) == ["one two", "  three"])
    #expect("one two three four".wrapped(to: 7) == ["one two", "  three", "  four"])
    #expect("a/path/that/is/long on".wrapped(to: 5) == ["a/path/that/is/long", "  on"])
    #expect("".wrapped(to: 5) == [""])
  }

  @Test func `a text is cut off behind so many characters`() {
    #expect("éé".clipped(to: 2) == "éé" && "ééé".clipped(to: 2) == "éé…" && "".clipped(to: 0) == "")
  }

  // The numbers are those of sysexits.h, and 128 and a signal's number of a shell.
  @Test func `a failure leaves with its code and its line`() {
    let codes: [(Failure.Code, Int32)] = [
      (.usage, 64), (.data, 65), (.noInput, 66), (.unavailable, 69), (.software, 70),
      (.cannotCreate, 73), (.inputOutput, 74), (.interrupted, 130),
    ]
    for (code, number) in codes {
      let status = ExitReport(after: Failure(code, "why"), of: MuseGenCommand.self)
      #expect(status.code == number && status.line == "why" && status.output == nil)
    }
  }

  @Test func `a cancelled command leaves as after Ctrl-C, without a word`() {
    let status = ExitReport(after: CancellationError(), of: MuseGenCommand.self)
    #expect(status.code == 130 && status.line == nil && status.output == nil)
  }

  @Test func `help and the version are no failures`() async {
    for arguments in [["--help"], ["train", "--help"], ["--version"], ["help", "corpus"]] {
      let error = await #expect(throws: (any Error).self) {
        try await MuseGenCommand.run(arguments)
      }
      guard let error else { continue }
      let status = ExitReport(after: error, of: MuseGenCommand.self)
      #expect(status.code == 0 && status.output?.isEmpty == false && status.line == nil)
    }
  }
}
