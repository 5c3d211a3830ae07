import Foundation
import TestSupport
import Testing

/// What `make install` puts beside the command: its manual, and what shells complete it by.
@Suite(
  .enabled(
    if: ["/usr/bin/make", "/usr/bin/python3"].allSatisfy(
      FileManager.default.isExecutableFile(atPath:)), "make or python3 is not installed"))
struct InstallTests {
  private let command: Command
  private static let hasMan = FileManager.default.isExecutableFile(atPath: "/usr/bin/man")

  /// Installs the command as it was built for the tests.
  init() throws {
    command = try Command()
    let project = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
    // Nothing is compiled anew, and no symbols are stripped.
    let outcome = try command.shell(
      """
      printf '#!/bin/sh\\n[ "$1" = -s ] && shift; exec /usr/bin/install "$@"\\n' > install
      printf '#!/bin/sh\\n' > swift; chmod +x install swift
      LC_ALL=C PATH="$PWD:$PATH" make -s -C '\(project)' install SWIFT="$PWD/swift" MUSEGEN="$M" \
        DESTDIR="$PWD/root" PREFIX=/usr
      """)
    try #require(outcome.code == 0, "\(outcome.errors)")
  }

  private func lines(_ line: String) throws -> [String] {
    let outcome = try command.shell(line)
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    return outcome.output.split(separator: "\n").map(String.init)
  }

  @Test func `each command has a page, and uninstall leaves nothing`() throws {
    let pages = Set(try lines("ls root/usr/share/man/man1"))
    let expected = CommandNames.all.map { (["musegen"] + $0).joined(separator: "-") + ".1" }
    #expect(pages == Set(expected))
    let project = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
    let left = try lines(
      "make -s -C '\(project)' uninstall DESTDIR=\"$PWD/root\" PREFIX=/usr; find root -type f")
    #expect(left == [])
  }

  @Test(.enabled(if: hasMan, "man is not installed"))
  func `pages are set without a warning and say what help says`() throws {
    let warnings = try command.shell(
      "for page in root/usr/share/man/man1/*; do man --warnings -E UTF-8 -l -Z $page > set; done")
    #expect(warnings.errors.isEmpty && warnings.code == 0, "\(warnings.errors)")
    // POSIX has a page on a terminal without hyphenation, so that words can be searched for.
    let page = try lines(
      "MANWIDTH=100 man --nh --nj -E ascii -l root/usr/share/man/man1/musegen-train.1")
    #expect(page.contains("       --learning-rate learning-rate"))
    #expect(
      page.contains("              The peak learning rate; with --from 0.0005. (default: 0.003)"))
    #expect(page.contains("       --layer-norm, --no-layer-norm"))
    #expect(page.contains("       65     a file's content is not what it should be"))
    let front = try lines("MANWIDTH=80 man --nh --nj -E ascii -l root/usr/share/man/man1/musegen.1")
    #expect(front.contains("       musegen-generate(1)"))
    #expect(front.contains("       MUSEGEN_SOUNDFONT"))
  }

  @Test(arguments: [
    ("musegen tr", ["train"]), ("musegen train --learn", ["--learning-rate", "--learned-start"]),
    ("musegen train --cell ", ["rnn", "gru", "lstm", "qrnn", "rru"]),
    ("musegen corpus g", ["get"]), ("musegen generate -m mo", ["model.safetensors"]),
  ])
  func `bash completes commands, flags, values and files`(
    typed: String, expected: [String]
  ) throws {
    let words = typed.split(separator: " ", omittingEmptySubsequences: false)
    let offered = try lines(
      """
      touch model.safetensors; touch motet.txt
      source root/usr/share/bash-completion/completions/musegen
      COMP_LINE='\(typed)' COMP_POINT=\(typed.count) COMP_CWORD=\(words.count - 1)
      COMP_WORDS=(\(words.map { "'\($0)'" }.joined(separator: " ")))
      _musegen musegen '\(words[words.count - 1])' '\(words[words.count - 2])' 2>&1
      printf '%s\\n' "${COMPREPLY[@]}"
      """)
    #expect(Set(offered.map { $0.trimmingCharacters(in: .whitespaces) }) == Set(expected))
  }

  @Test(arguments: [
    ("zsh", "zsh/site-functions/_musegen"), ("fish", "fish/vendor_completions.d/musegen.fish"),
  ])
  func `what other shells complete by is a script of theirs`(shell: String, file: String) throws {
    let text = try String(
      contentsOf: command.folder.appending(path: "root/usr/share/\(file)"), encoding: .utf8)
    #expect(text.contains("musegen") && text.contains("learning-rate"))
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/\(shell)") else { return }
    #expect(try lines("\(shell) -n root/usr/share/\(file)") == [])
  }
}
