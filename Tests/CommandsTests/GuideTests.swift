import Commands
import Foundation
import TestSupport
import Testing

/// The user's guide, whose commands are run as they stand there, on little music and in few steps.
struct GuideTests {
  private let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func guide() throws -> String {
    try String(contentsOf: root.appending(path: "Documentation/Guide.md"), encoding: .utf8)
  }

  /// A command with what makes it short, and its exit code here.
  private func shortened(_ line: String) -> (line: String, code: Int32) {
    if line.hasPrefix("musegen train") {
      // A run that goes on keeps its sizes, and so does a model that is trained further.
      let isNew = !line.contains("--resume") && !line.contains("--from")
      let size = isNew ? " --hidden 16 --embedding 16 --layers 1 --batch 2 --window 32" : ""
      let length = line.contains("--resume") ? " --steps 4" : " --steps 2"
      let command = line.replacing(/\ --(?:time|epochs) \w+/, with: "")
      let place = command.range(of: " >")?.lowerBound ?? command.endIndex
      return (command[..<place] + size + length + command[place...], 0)
    }
    if line.hasPrefix("musegen play"), line.contains(".mid") { return ("\(line) --device null", 0) }
    if line.hasPrefix("musegen play") { return ("\(line) --length 1s --device null", 0) }
    // No test asks the network.
    if line.hasPrefix("musegen corpus get") { return (line, 69) }
    if line.hasPrefix("musegen generate") {
      let short = line.replacing(/--length \w+(?::\w+)?/, with: "--length 2bars")
        .replacing("--section-bars 4", with: "--section-bars 1")
      let isShort = short.contains("--length") || short.contains("--form")
      return (isShort ? short : short.replacing("generate", with: "generate --length 15s"), 0)
    }
    return (line, 0)
  }

  @Test func `every command of the guide does what it says`() throws {
    let command = try Command()
    for name in ["clementine", "greensleeves", "dundee", "frere-jacques", "silent-night"] {
      let midi = root.appending(path: "midi/\(name).mid")
      try command.write(Array(Data(contentsOf: midi)), to: "music/\(name).mid")
    }
    let lines = try guide().matches(of: /```sh\n([\s\S]*?)```/).flatMap { block in
      block.1.split(separator: "\n").map { $0.replacing(/\s+# .*/, with: "") }
    }
    #expect(lines.count > 30)
    let setting = """
      export PATH="$(dirname "$M"):$PATH" HOME="$PWD" XDG_DATA_HOME= XDG_CACHE_HOME= \
      https_proxy=http://127.0.0.1:9;
      """
    for line in lines {
      let (short, code) = shortened(String(line))
      let outcome = try command.shell("\(setting) \(short)")
      #expect(outcome.code == code, "\(line): \(outcome.errors)")
    }
    for file in [
      "first.mid", "first.wav", "model.safetensors", "mine.mid", "mine.safetensors", "small.toml",
      "piece.mid", "piece-2.mid", "try-1.mid", "try-8.mid", "liked.flac", "choir.mid",
      "from-home.mid",
    ] { #expect(try command.files.contains(file), "\(file)") }
    let notes = ["try-4.mid", "liked.mid"].map { name in
      try? Data(contentsOf: command.folder.appending(path: name))
    }
    #expect(notes[0] == notes[1])
  }

  @Test func `the guide names every exit code and every variable of the environment`() throws {
    let text = try guide()
    for code in [0, 64, 65, 66, 69, 70, 73, 74] { #expect(text.contains("\n| \(code) | ")) }
    let sources = FileManager.default.enumerator(
      at: root.appending(path: "Sources"), includingPropertiesForKeys: nil)
    var names: Set<String> = []
    for case let file as URL in sources ?? .init()
    where ["swift", "c"].contains(file.pathExtension) {
      let source = try String(contentsOf: file, encoding: .utf8)
      for match in source.matches(of: /"(MUSEGEN_[A-Z]+|XDG_[A-Z_]+|NO_COLOR)"/) {
        names.insert(String(match.1))
      }
    }
    #expect(names.count > 4)
    for name in names { #expect(text.contains("`\(name)`"), "\(name)") }
  }

  @Test func `musegen alone tells a newcomer five lines`() throws {
    let outcome = try Command().run()
    #expect(outcome.code == 0)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 5)
    for command in ["play", "generate", "train", "help"] {
      #expect(lines.contains { $0.contains("musegen \(command)") })
    }
    #expect(lines.allSatisfy { $0.count < 80 })
  }
}
