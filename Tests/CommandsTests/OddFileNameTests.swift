import FileStorage
import Foundation
import TestSupport
import Testing

/// Files that are no files, and names that are no text, met by commands.
struct OddFileNameTests {
  let command: Command
  let piece: [UInt8]

  init() throws {
    command = try Command()
    piece = try readFile(
      at: #filePath.replacing("Tests/CommandsTests/OddFileNameTests.swift", with: "midi/dundee.mid")
    )
  }

  private var root: String { command.folder.path }

  private func makeFolder() throws {
    try command.write(piece, to: "odd/ok.mid")
    makePipe(root + "/odd/pipe.mid")
    makeLink(root + "/odd/zero.mid", to: "/dev/zero")
    makeLink(root + "/odd/nowhere.mid", to: "nothing")
    makeSparseFile(root + "/odd/giant.mid", bytes: 10 << 40)
    makeFile(Array((root + "/odd/Dvo").utf8) + [0xF8, 0xE1] + Array("k.mid".utf8), piece)
  }

  private static let odd = ["pipe.mid", "zero.mid", "nowhere.mid", "giant.mid"]

  @Test func `info names what it cannot read, and reads the others`() throws {
    try makeFolder()
    let outcome = try command.run("info", "odd")
    #expect(outcome.code == 0)
    #expect(outcome.errors.isEmpty)
    let parts = outcome.output.components(separatedBy: "4 files that cannot be read\n")
    #expect(parts.count == 2)
    for name in Self.odd { #expect(parts.last?.contains("odd/\(name): ") == true) }
    #expect(parts[0].contains("odd/ok.mid"))
    // The shell names every file.
    let files = try listFolder(at: root + "/odd").map { "odd/" + $0 }.filter { $0.utf8.count < 17 }
    #expect(try command.run(["info"] + files).code == 0)
  }

  @Test(arguments: [
    ["tokens", "odd"], ["compare", "odd", "odd"], ["copied", "odd/ok.mid", "odd"],
    ["corpus", "add", "odd", "--name", "odd"],
    ["train", "odd", "--steps", "1", "--hidden", "8", "--layers", "1"],
  ])
  func `other commands tell what they skip`(_ arguments: [String]) throws {
    try makeFolder()
    let outcome = try command.run(arguments, environment: ["MUSEGEN_CORPORA": root + "/corpora"])
    #expect(outcome.code == 0)
    for name in Self.odd {
      #expect(outcome.errors.contains("odd/\(name): "), "\(name): \(outcome.errors)")
    }
  }

  @Test(arguments: [
    ["info", "-dash.mid"], ["render", "ok.mid", "-dash.mid", "-o", "-dash.mid"],
    ["generate", "-m", "folk", "--primer", "-dash.mid"], ["classify", "-dash.mid", "-m", "folk"],
  ])
  func `a file whose name begins as an option does is told how to be named`(
    _ arguments: [String]
  ) throws {
    for name in ["ok.mid", "-dash.mid"] { try command.write(piece, to: name) }
    let outcome = try command.run(arguments)
    #expect(outcome.code == 64)
    #expect(
      outcome.errors
        == "musegen: -dash.mid begins as an option does; write ./-dash.mid for the file\n")
    #expect(try command.run(["info", "./-dash.mid"]).code == 0)
    // Without such a file it is read as an option.
    #expect(try command.run(["info", "-other.mid", "--help"]).code == 0)
  }

  @Test func `what is no file is among the many that are told by kind`() throws {
    for number in 10..<20 { try command.write(Array("no song".utf8), to: "odd/\(number).mid") }
    try command.write(piece, to: "odd/ok.mid")
    makePipe(root + "/odd/pipe.mid")
    for name in ["here", "there"] { makeLink(root + "/odd/\(name).mid", to: "nothing") }
    makeSocket(root + "/odd/socket.mid")
    let outcome = try command.run(
      "train", "odd", "--run", "run", "--steps", "1", "--hidden", "8", "--layers", "1")
    #expect(outcome.code == 0)
    let lines = outcome.errors.split(separator: "\n").prefix(5).map(String.init)
    #expect(
      lines == [
        "musegen: 14 of 15 files skipped:",
        "musegen: 10 that are no Standard MIDI Files, or damaged ones, such as odd/10.mid, "
          + "odd/11.mid, odd/12.mid and 7 more",
        "musegen: 2 that are links that lead nowhere, such as odd/here.mid, odd/there.mid",
        "musegen: 1 that is a pipe, odd/pipe.mid",
        "musegen: 1 that is a socket, odd/socket.mid",
      ])
    #expect(outcome.output.contains("14 files skipped (listed in run/skipped.txt)"))
    let list = try String(contentsOfFile: root + "/run/skipped.txt", encoding: .utf8)
    #expect(list.split(separator: "\n").count == 14)
    #expect(list.contains("odd/here.mid: found a link that leads nowhere, expected a file\n"))
  }

  @Test func `many files that a collection cannot have are told by kind, and the rest is kept`()
    throws
  {
    try command.write(piece, to: "odd/ok.mid")
    for number in 10..<21 { makeLink(root + "/odd/\(number).mid", to: "nothing") }
    let outcome = try command.run(
      "corpus", "add", "odd", "--name", "odd",
      environment: ["MUSEGEN_CORPORA": root + "/corpora"])
    #expect(outcome.code == 0)
    #expect(
      outcome.errors == """
        musegen: 11 of 12 files skipped:
        musegen: 11 that are links that lead nowhere, such as odd/10.mid, odd/11.mid, odd/12.mid and 8 more

        """)
    #expect(outcome.output.contains("odd: 1 file in "))
  }

  @Test(arguments: ["/dev/zero", "pipe.mid"])
  func `a collection is no pipe and no device`(_ source: String) throws {
    makePipe(root + "/pipe.mid")
    let outcome = try command.run("corpus", "add", source, "--name", "x")
    #expect(outcome.code == 66)
    #expect(
      outcome.errors == "musegen: \(source): cannot read: it is a pipe, a socket or a device\n")
  }

  @Test func `the folder of temporary files may have a name that stands for other bytes in a path`()
    throws
  {
    try command.write(piece, to: "ok.mid")
    // U+10FEFC, by which the byte 0xFC is told in paths.
    let name: [UInt8] = [0xF4, 0x8F, 0xBB, 0xBC]
    try createFolder(at: root + "/" + String(systemPath: name))
    let outcome = try command.run(
      "edit", "ok.mid", "--transpose", "2", "-o", "/dev/null",
      environment: ["TMPDIR": root + "/" + String(decoding: name, as: UTF8.self)])
    #expect(outcome.code == 0, "\(outcome.errors)")
  }

  @Test(arguments: [
    ["info", "pipe.mid"], ["tokens", "pipe.mid"], ["harmonize", "pipe.mid", "-m", "chorales"],
    ["generate", "--primer", "pipe.mid", "-m", "folk"], ["train", "pipe.mid", "--steps", "1"],
    ["render", "pipe.mid"], ["info", "pipe.safetensors"], ["generate", "-m", "./pipe.safetensors"],
    ["train", ".", "--config", "pipe.mid"],
    ["tokens", "--decode", "pipe.mid", "-o", "x.mid"],
  ])
  func `who waits for a pipe that nobody writes to can be ended`(_ arguments: [String]) throws {
    makePipe(root + "/pipe.mid")
    makePipe(root + "/pipe.safetensors")
    let start = Date()
    let outcome = try command.run(arguments, interruptedAfter: 1, by: SIGTERM)
    #expect(outcome.code != 0)
    #expect(Date().timeIntervalSince(start) < 10)
    #expect(try command.files == ["pipe.mid", "pipe.safetensors"])
  }

  @Test func `a file is read from standard input by its name`() throws {
    try command.write(piece, to: "ok.mid")
    for line in [
      "info <(cat ok.mid)", "info /dev/stdin < ok.mid", "cat ok.mid | $0 info /dev/stdin",
      "info - < ok.mid", "cat ok.mid | $0 info -",
    ] {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/bash")
      let musegen = command.executableFolder + "/musegen"
      process.arguments = ["-c", line.contains("$0") ? line : "$0 " + line, musegen]
      process.currentDirectoryURL = command.folder
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(output.contains("224 notes"), "\(line): \(output)")
    }
  }

  @Test(arguments: [
    ("edit - --transpose 2 -o", "edit ok.mid --transpose 2 -o"),
    ("render - -o", "render ok.mid -o"),
    (
      "generate -m folk --length 2bars --seed 3 --primer - -o",
      "generate -m folk --length 2bars --seed 3 --primer ok.mid -o"
    ),
  ])
  func `a hyphen is standard input, a file of this name is told by its folder`(
    line: String, byName: String
  ) throws {
    try command.write(piece, to: "ok.mid")
    try command.write(Array("no music".utf8), to: "-")
    // Scores keep what is played and neither title nor time of writing.
    let outcome = try command.shell(
      "cat ok.mid | $M \(line) piped.musicxml && $M \(line) read.musicxml < ok.mid && "
        + "$M \(byName) named.musicxml")
    #expect(outcome.code == 0, "\(outcome.errors)")
    func body(_ name: String) throws -> Substring {
      let text = try String(contentsOfFile: root + "/" + name, encoding: .utf8)
      return text[(text.range(of: "<part ")?.lowerBound ?? text.startIndex)...]
    }
    #expect(try body("piped.musicxml") == body("named.musicxml"))
    #expect(try body("read.musicxml") == body("named.musicxml"))
    if line.hasPrefix("render") {
      // A pipe can be read once, whatever the number of files.
      let several = try command.shell("cat ok.mid | $M \(line) a.musicxml -o b.musicxml")
      #expect(several.code == 0, "\(several.errors)")
      #expect(try body("a.musicxml") == body("b.musicxml"))
    }
    #expect(try command.run("edit", "./-", "--transpose", "2", "-o", "x.mid").code == 65)
  }

  @Test func `a file is written under a name that is no text`() throws {
    let musegen = command.executableFolder + "/musegen"
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = [
      "-c", "$0 generate -m folk --length 2s --seed 1 -o $'\\xfc.mid' && mv $'\\xfc.mid' found.mid",
      musegen,
    ]
    process.currentDirectoryURL = command.folder
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try command.files == ["found.mid"])
  }

  @Test func `a file whose name is no text is found by its name and by a pattern`() throws {
    try makeFolder()
    let musegen = command.executableFolder + "/musegen"
    for line in ["$0 info odd/$'Dvo\\xf8\\xe1k.mid'", "$0 info 'odd/Dvo*'", "cd odd; $0 info D*"] {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/bash")
      process.arguments = ["-c", line, musegen]
      process.currentDirectoryURL = command.folder
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(output.contains("224 notes"), "\(line): \(output)")
    }
  }
}
