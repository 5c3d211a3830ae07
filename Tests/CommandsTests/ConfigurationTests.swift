import Foundation
import MuseGen
import Testing
import TestSupport

/// Presets, configuration files and flags: which goes before which, and what a bad file is told.
struct ConfigurationTests {
  let command: Command
  init() throws { command = try Command() }

  private func printed(_ arguments: String...) throws -> [String] {
    let outcome = try command.run(["train"] + arguments + ["--print-config"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    return outcome.output.split(separator: "\n").map(String.init)
  }

  @Test func `printed settings read back are the same settings`() throws {
    for arguments in [
      ["songs", "a b/*.mid"],
      ["--preset", "piano", "--layer-norm", "--source", "x", "--source", "y"],
      ["--title", "Quotes \" and \\ and\ttabs", "--learning-rate", "0.00123456"],
      ["--time", "20m", "--preset", "chorales"], ["--time", "20m", "--dropout", "0.5"],
      ["--token-settings", "{\"polyphony\": 4}", "--no-programs", "--valid", "folder"],
      ["--from", "m.safetensors", "-o", "n.safetensors", "--freeze", "1"],
    ] {
      let first = try command.run(["train"] + arguments + ["--print-config"])
      #expect(first.code == 0, "\(first.errors)")
      try command.write(Array(first.output.utf8), to: "train.toml")
      let second = try command.run("train", "--config", "train.toml", "--print-config")
      #expect(second.errors == "")
      #expect(second.output == first.output)
    }
  }

  @Test func `printed settings keep their characters in every locale`() throws {
    let outcome = try command.run(
      ["train", "Col·lecció…", "--title", "A → B", "--print-config"],
      environment: ["LC_ALL": "C"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("pieces = [\"Col·lecció…\"]"))
    #expect(outcome.output.contains("title = \"A → B\""))
  }

  @Test func `every flag of train has its line in the printed settings`() throws {
    let help = try command.run("train", "--help").output
    let flags = Set(help.matches(of: /--([a-z-]+)/).map { String($0.1) })
      .filter { !$0.hasPrefix("no-") }
      .subtracting([
        "resume", "corpus", "json", "config", "print-config", "preset", "version", "help",
      ])
    let lines = try printed().compactMap { line in
      line.firstMatch(of: /^(?:# ([a-z-]+) is not set$|([a-z-]+) = )/).map {
        String($0.1 ?? $0.2 ?? "")
      }
    }
    #expect(lines.count == Set(lines).count)
    #expect(Set(lines) == flags.union(["pieces"]))
  }

  @Test func `above each printed setting stands what it is for`() throws {
    let lines = try printed()
    #expect(lines.allSatisfy { $0.utf8.count <= 200 })
    var comment: [String] = []
    for line in lines {
      if line.hasPrefix("# "), !line.hasSuffix(" is not set") {
        comment.append(line)
        continue
      }
      #expect(comment.last?.hasSuffix(".") == true, "\(line)")
      comment = []
    }
    let place = try #require(lines.firstIndex(of: "# clip is not set"))
    #expect(lines[place - 1] == "# The largest global norm of the gradient (default: 1).")
    let cell = try #require(lines.firstIndex(of: "cell = \"lstm\""))
    #expect(lines[cell - 1] == "# The kind of recurrent cell (rnn, gru, lstm, qrnn, rru).")
  }

  @Test func `flags go before the file, the file before the preset`() throws {
    try command.write(
      Array(
        """
        \u{FEFF}# Settings by their flags' names.
        preset = "jsb-frames"
        hidden = 100   # instead of the preset's
        steps = 7
        layer-norm = true
        pieces = ["songs", 'other songs']
        """.utf8), to: "train.toml")
    let file = try printed("--config", "train.toml")
    for line in [
      "hidden = 100", "frame = \"1/4\"", "steps = 7", "# epochs is not set", "layer-norm = true",
      "pieces = [\"songs\", \"other songs\"]",
    ] { #expect(file.contains(line), "\(line)") }
    let flags = try printed(
      "mine", "--config", "train.toml", "--hidden", "50", "--epochs", "2", "--no-layer-norm",
      "--tokens", "tsd", "--clip-value", "2")
    for line in [
      "hidden = 50", "tokens = \"tsd\"", "# frame is not set", "epochs = 2", "# steps is not set",
      "layer-norm = false", "pieces = [\"mine\"]", "clip-value = 2.0",
    ] { #expect(flags.contains(line), "\(line)") }
  }

  @Test func `a flag that asks for no classifier leaves nothing of the one that the file asks for`()
    throws
  {
    try command.write(Array("classify = true".utf8), to: "train.toml")
    #expect(try printed("--config", "train.toml").contains("classify = true"))
    #expect(try printed("--config", "train.toml", "--no-classify") == printed())
  }

  @Test(arguments: [true, false])
  func `a file says whether a model that stands there is replaced`(mayReplace: Bool) throws {
    try command.write([1, 2, 3], to: "model.safetensors")
    try command.write(Array("overwrite = \(mayReplace)".utf8), to: "train.toml")
    let outcome = try command.run(
      "train", "none", "--config", "train.toml", "-o", "model.safetensors")
    // Whether it may is known before the corpus is looked for.
    #expect(
      outcome.errors.contains(mayReplace ? "none: found nothing" : "exists; give --overwrite"))
  }

  @Test(arguments: [
    "small", "medium", "large", "piano", "chorales", "folk", "jsb-frames",
    "nottingham-frames", "piano-frames",
  ])
  func `every preset makes a vocabulary and a network`(preset: String) throws {
    #expect(try printed("--preset", preset).count > 40)
    // Found out before the corpus is looked for.
    let outcome = try command.run("train", "none", "--preset", preset)
    #expect(outcome.errors.contains("none: found nothing"))
  }

  @Test(arguments: [
    ("resume = \"runs/a\"", 1, "resume is no setting; give --resume as a flag"),
    ("json = true", 1, "json is no setting; give --json as a flag"),
    ("hiden = 3", 1, "no setting is called hiden, the nearest is hidden"),
    ("\n\nhidden = \"abc\"", 3, "--hidden is \"abc\", expected a whole number"),
    (
      "[network]", 1,
      "found a table, expected name = value; settings stand side by side, without tables"
    ),
    ("hidden = 1\nhidden = 2", 2, "hidden is set a second time; leave one line out"),
    ("pieces = 3", 1, "pieces is no text, expected names such as [\"midi/\"]"),
    ("cell = [\"gru\"]", 1, "cell is an array, expected one value"),
    ("hidden 3", 1, "found hidden 3, expected name = value"),
    ("title = \"x", 1, "found a text without its closing \""),
    (
      "hidden = many", 1,
      "hidden is many, expected a number, true, false, or a text in quotation marks"
    ),
    ("hidden = 3 4", 1, "found 4 after the value of hidden, expected nothing"),
    (
      "pieces = [a]", 1,
      "pieces: expected texts in quotation marks on one line, such as [\"a\", \"b\"]"
    ),
    (
      "cell = \"gnu\"", 1,
      "--cell is \"gnu\", expected one of rnn, gru, lstm, qrnn, rru"
    ),
  ])
  func `a bad line of a file is told by its number`(text: String, line: Int, message: String)
    throws
  {
    try command.write(Array(text.utf8), to: "train.toml")
    let outcome = try command.run("train", "songs", "--config", "train.toml")
    #expect(outcome.errors == "musegen: train.toml:\(line): \(message)\n")
    #expect(outcome.code == 65)
  }

  @Test(arguments: [
    ("accumulate = 4", "accumulate", "with --classify"),
    ("window-jitter = 0.1", "window-jitter", "with --classify"),
    ("scheduled-sampling = 0.1", "scheduled-sampling", "with --classify"),
    ("own-keys = 0.2", "own-keys", "with --classify"),
    ("reduce = \"fast\"", "reduce", "with --classify"),
    ("local-steps = 4", "local-steps", "with --classify"),
    ("recall-gate = false", "recall-gate", "with --classify"),
    ("sample-every = \"5m\"", "sample-every", "with --classify"),
    ("average = \"auto\"", "average", "as auto with --classify"),
    ("conditions = \"key\"", "conditions", "with --classify"),
    ("condition-dropout = 0.5", "condition-dropout", "without --conditions"),
  ])
  func `a file sets nothing that a classifier does not have`(
    line: String, name: String, idle: String
  ) throws {
    try command.write(Array("hidden = 100\n\(line)".utf8), to: "train.toml")
    let outcome = try command.run("train", "songs", "--classify", "--config", "train.toml")
    #expect(
      outcome.errors == "musegen: train.toml:2: \(name) has no effect \(idle); leave it out\n")
    #expect(outcome.code == 65)
    // Where the file itself asks for a classifier it is no different.
    try command.write(Array("classify = true\n\(line)".utf8), to: "train.toml")
    #expect(
      try command.run("train", "songs", "--config", "train.toml").errors == outcome.errors)
  }

  @Test(arguments: [
    ("pooling = \"last\"", "pooling", "without --classify"),
    ("labels = \"t.csv\"", "labels", "without --classify or --conditions style"),
    ("given-optional = true", "given-optional", "without --given"),
  ])
  func `a file sets nothing that a model which writes does not have`(
    line: String, name: String, idle: String
  ) throws {
    try command.write(Array("hidden = 100\n\(line)".utf8), to: "train.toml")
    let outcome = try command.run("train", "songs", "--config", "train.toml")
    #expect(
      outcome.errors == "musegen: train.toml:2: \(name) has no effect \(idle); leave it out\n")
  }

  @Test func `a file of all settings as they are serves every kind of training`() throws {
    let all = try command.run("train", "songs", "--print-config")
    try command.write(Array(all.output.utf8), to: "train.toml")
    for kind in [["--classify"], ["--conditions", "key"], []] {
      let outcome = try command.run(["train", "--config", "train.toml", "--print-config"] + kind)
      #expect(outcome.code == 0, "\(outcome.errors)")
    }
  }
}
