import Foundation
import MuseGen
import Testing
import TestSupport

/// ABC files through the command.
struct ABCFileTests {
  let command: Command
  let without = ["PATH": "/nowhere"]

  init() throws {
    command = try Command()
    let tunes = (1...3).map { "X:\($0)\nT:Tune \($0)\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n\n" }
    try command.write(Array(tunes.joined().utf8), to: "songs/book.abc")
  }

  @Test(.enabled(if: ABCConverter() != nil))
  func `a book is listed and rendered tune by tune, and one of them is chosen by its place`() throws
  {
    let listed = try command.run("info", "songs/book.abc")
    #expect(listed.code == 0, "\(listed.errors)")
    #expect(listed.output.contains("songs/book.abc#3"))
    #expect(listed.output.contains("3 files, 24 notes"))
    let one = try command.run("info", "songs/book.abc#2")
    #expect(one.output.contains("Tune 2"))
    #expect(one.output.contains("\n  ABC, "), "\(one.output)")
    let rendered = try command.run("render", "songs/book.abc")
    #expect(rendered.code == 0, "\(rendered.errors)")
    #expect(
      try command.files.filter { $0.hasSuffix(".wav") }
        == ["book-1.wav", "book-2.wav", "book-3.wav"])
    let many = try command.run("play", "songs/book.abc")
    #expect(many.code == 65)
    #expect(
      many.errors
        == "musegen: songs/book.abc: found 3 tunes, expected one; choose it by its place, "
        + "such as songs/book.abc#1\n")
  }

  @Test(.enabled(if: ABCConverter() != nil))
  func `a tune is read from standard input as from its file`() throws {
    let tune = "% an air\n\nX:27\nT:Air\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n"
    try command.write(Array(tune.utf8), to: "air.abc")
    let named = try command.run("edit", "air.abc", "-o", "named.mid")
    try #require(named.code == 0, "\(named.errors)")
    let expected = try Data(contentsOf: command.folder.appending(path: "named.mid"))
    for (line, name) in [
      ("$M edit - -o read.mid < air.abc", "read.mid"),
      ("cat air.abc | $M edit - -o piped.mid", "piped.mid"),
      ("$M edit <(cat air.abc) -o opened.mid", "opened.mid"),
    ] {
      let outcome = try command.shell(line)
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(
        (try? Data(contentsOf: command.folder.appending(path: name))) == expected, "\(line)")
    }
    let told = try command.shell("cat air.abc | $M info -")
    #expect(told.output.contains("\n  ABC, "), "\(told.output)")
    #expect(told.output.contains(", \(tune.utf8.count) bytes\n"), "\(told.output)")
    let many = try command.shell("cat songs/book.abc | $M info -")
    #expect(many.code == 65)
    #expect(
      many.errors
        == "musegen: /dev/stdin: found 3 tunes, expected one; of a file called .abc one is chosen by its "
        + "place, such as book.abc#1\n")
  }

  @Test(.enabled(if: ABCConverter() != nil))
  func `a tune of a book is looked for in the others, however its book is named`() throws {
    try command.write([], to: "else/none")
    for name in ["songs/book.abc#1", "./songs/book.abc#1", "else/../songs/book.abc#1"] {
      let found = try command.run("copied", name, "songs")
      #expect(found.output.contains(" are in songs/book.abc#2, "), "\(found.output)\(found.errors)")
    }
  }

  @Test func `without abc2midi one line tells what to install, and the rest goes on`() throws {
    let alone = try command.run(["info", "songs"], environment: without)
    #expect(alone.code == 69)
    #expect(
      alone.errors
        == "musegen: 3 ABC tunes need abc2midi, which is not installed; install abcmidi\n")
    let one = try command.run(["render", "songs/book.abc#1"], environment: without)
    #expect(one.code == 69)
    #expect(one.errors.split(separator: "\n").count == 1)

    let notes = (0..<8).map { Note(onset: $0 * 480, duration: 480, pitch: 60 + UInt8($0)) }
    let song = Score(tracks: [Track(notes: notes)], endTick: 8 * 480)
    try command.write(song.midiFile().bytes(), to: "songs/song.mid")
    let mixed = try command.run(["info", "songs"], environment: without)
    #expect(mixed.code == 0)
    #expect(mixed.output.contains("songs/song.mid"))
    #expect(mixed.errors.hasSuffix("install abcmidi; skipped\n"))
  }
}
