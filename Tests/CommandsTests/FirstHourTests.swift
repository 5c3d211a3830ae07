import Foundation
import TestSupport
import Testing

/// What a stranger meets in the first hour, where no other suite holds it.
struct FirstHourTests {
  @Test func `without a sound device new music is told to be had as a file`() throws {
    let outcome = try Command().run("play", "-m", "folk", "--length", "1s", "--device", "nowhere")
    #expect(outcome.code == 69)
    #expect(outcome.errors.contains("new music with musegen generate -o"), "\(outcome.errors)")
  }

  @Test func `one is told in the singular`() throws {
    let command = try Command()
    let piece = try command.run(
      "generate", "-m", "folk", "--length", "1notes", "--seed", "1", "-o", "tune.mid")
    #expect(piece.output.contains("tune.mid: 1 note in "), "\(piece.output)\(piece.errors)")
    let trained = try command.run(
      "train", "tune.mid", "--steps", "1", "--hidden", "8", "--layers", "1", "--run", "run")
    #expect(trained.output.contains("done after 1 step in "), "\(trained.output)\(trained.errors)")
    #expect(try command.run("info", "model.safetensors").output.contains("  1 step of "))
  }

  @Test func `what a model does not know is told before music is announced`() throws {
    let outcome = try Command().run("play", "-m", "folk", "--style", "jigg", "--device", "null")
    #expect(outcome.code == 64)
    #expect(outcome.errors.hasPrefix("musegen: --style is jigg, expected one of jig, "))
    #expect(outcome.output.isEmpty, "\(outcome.output)")
  }

  @Test(
    arguments: [
      "bench parse tune.mid --passes 1 --json", "bench tokens tune.mid --runs 1 --json",
      "info tune.mid --json", "runs --json", "models --json", "corpus list --json",
    ])
  func `JSON has the keys of one house`(line: String) throws {
    let command = try Command()
    let tune = try command.run(
      "generate", "-m", "folk", "--length", "2bars", "--seed", "1", "-o", "tune.mid")
    try #require(tune.code == 0, "\(tune.errors)")
    _ = try command.shell("mkdir runs")
    let outcome = try command.run(line.split(separator: " ").map(String.init))
    try #require(outcome.code == 0, "\(outcome.errors)")
    // What is printed while it is measured is a value a line.
    let texts =
      line.hasPrefix("bench tokens") ? outcome.output.split(separator: "\n") : [outcome.output[...]]
    var values = try texts.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) }
    while let value = values.popLast() {
      if let list = value as? [Any] { values += list }
      guard let object = value as? [String: Any] else { continue }
      values += Array(object.values)
      for key in object.keys {
        #expect(key.wholeMatch(of: /[a-z][A-Za-z0-9]*/) != nil, "\(key)")
      }
    }
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"),
      "util-linux's script is not installed"))
  func `NO_COLOR is heeded while music plays`() throws {
    let command = try Command()
    let outcome = try command.shell(
      """
      export TERM=xterm NO_COLOR=1; $M generate -m folk --length 2bars --seed 1 -o tune.mid; \
      script -qec "$M play tune.mid --device null" /dev/null
      """)
    #expect(outcome.output.contains("\u{1B}["))
    #expect(outcome.output.firstMatch(of: /\u{1B}\[[0-9;]*[34][0-7]m/) == nil)
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/make"), "make is not installed"))
  func `what is installed needs no Swift toolchain`() throws {
    let project = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
    let outcome = try Command().shell("make -n -C '\(project)' install PREFIX=\"$PWD/usr\"")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("--static-swift-stdlib"))
    #expect(outcome.output.contains("/usr/bin/musegen"))
  }
}
