import FileStorage
import Foundation
import MuseGen
import Testing
import TestSupport

/// `train --from`, `train --time` and `info` of the models that they make.
struct FineTuningCommandTests {
  let command: Command
  private let tiny = ["--hidden", "8", "--embedding", "8", "--layers", "2", "--batch", "2"]

  init() throws {
    command = try Command()
    for piece in 0..<4 {
      let notes = (0..<30).map { index in
        Note(
          onset: index * 240, duration: 240, pitch: UInt8(50 + (index * (piece + 2)) % 20))
      }
      try command.write(
        Score(tracks: [Track(notes: notes)], endTick: 7_200).midiFile().bytes(),
        to: "songs/\(piece).mid")
    }
  }

  private func train(_ arguments: [String]) throws -> Command.Outcome {
    try command.run(["train", "songs"] + arguments)
  }

  private func model(_ name: String) throws -> Model {
    try Model(path: command.folder.path + "/" + name)
  }

  private func makeBase() throws {
    let outcome = try train(
      tiny + ["--steps", "5", "-o", "base.safetensors", "--licence", "CC0", "--source", "A book"])
    #expect(outcome.code == 0, "\(outcome.errors)")
  }

  @Test func `a model is trained further, its frozen layers as they were`() throws {
    try makeBase()
    let outcome = try train([
      "--from", "base.safetensors", "--freeze", "1", "--steps", "8", "-o", "fine.safetensors",
      "--title", "Finer",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("\nstep 0: held out "))
    let base = try model("base.safetensors")
    let fine = try model("fine.safetensors")
    for name in ["embedding.weight", "rnn.weight_hh_l0", "rnn.bias_ih_l0"] {
      #expect(fine.network[name] == base.network[name], "\(name)")
    }
    #expect(fine.network["rnn.weight_hh_l1"] != base.network["rnn.weight_hh_l1"])
    #expect(fine.provenance.base == BaseModel(base))

    let text = try command.run("info", "fine.safetensors").output
    for line in [
      "  Finer\n",
      "  LSTM of 2 x 8, embedding of 8, dropout 0.2, recall of 3 and 8 events with a gate\n",
      "  trained on from a model: digest \(base.network.parameterDigest)\n",
      "learning rate up to 0.0005, ", "embedding and 1 layer frozen", "  licence: CC0\n",
      "  source: A book\n",
    ] { #expect(text.contains(line), "\(line)") }
    let json = try command.run("info", "fine.safetensors", "--json").output
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    let first = try #require((object?["models"] as? [[String: Any]])?.first)
    #expect(first["parameterDigest"] as? String == fine.network.parameterDigest)
    #expect((first["settings"] as? [String: Any])?["frozenLayers"] as? Int == 1)
  }

  @Test func `a model under the standard name is trained further and kept aside`() throws {
    try makeBase()
    let files = FileManager.default
    let (base, standard, aside) = (
      command.folder.appending(path: "base.safetensors"),
      command.folder.appending(path: "model.safetensors"),
      command.folder.appending(path: "model-1.safetensors")
    )
    try files.copyItem(at: base, to: standard)
    let outcome = try train(["--from", "model.safetensors", "--steps", "1"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try Data(contentsOf: aside) == Data(contentsOf: base))
    #expect(try Data(contentsOf: standard) != Data(contentsOf: base))
  }

  @Test(arguments: [
    (["--hidden", "9"], "leave out --hidden"), (["--tokens", "tsd"], "leave out --tokens"),
    (["--preset", "small"], "leave out --preset"), (["--merges", "5"], "leave out --merges"),
    (["-o", "base.safetensors"], "base.safetensors would be overwritten"),
    (["--freeze", "3"], "freeze is 3, expected 0 to the network's 2 layers"),
  ])
  func `what a base model decides cannot be chosen`(arguments: [String], words: String) throws {
    try makeBase()
    let before = try command.files
    let output = arguments.contains("-o") ? [] : ["-o", "x.safetensors"]
    let outcome = try train(["--from", "base.safetensors", "--steps", "1"] + output + arguments)
    #expect(outcome.code == 64)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try command.files == before)
  }

  @Test func `no matches can be hidden from a base model that recalls nothing`() throws {
    let made = try train(tiny + ["--recall", "none", "--steps", "2", "-o", "plain.safetensors"])
    #expect(made.code == 0, "\(made.errors)")
    let before = try command.files
    let outcome = try train([
      "--from", "plain.safetensors", "--recall-dropout", "0.2", "--steps", "1", "-o",
      "x.safetensors",
    ])
    #expect(outcome.code == 64)
    #expect(
      outcome.errors.contains(
        "--recall-dropout has no effect on plain.safetensors, whose network recalls nothing"))
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(try command.files == before)
  }

  @Test func `a time without a size chooses one, and a resumed run keeps it`() throws {
    let outcome = try train(["--time", "3s", "-o", "timed.safetensors", "--run", "timed"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("chose 1 x 64, dropout "), "\(outcome.output)")
    #expect(try model("timed.safetensors").network.configuration.hiddenSize == 64)
    let resumed = try command.run("train", "--resume", "timed", "--time", "4s")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(!resumed.output.contains("chose"))
    #expect(try model("timed.safetensors").network.configuration.hiddenSize == 64)
    let given = try train(["--time", "1s", "--hidden", "16", "-o", "given.safetensors"])
    #expect(!given.output.contains("chose"))
    #expect(try model("given.safetensors").network.configuration.hiddenSize == 16)
  }

  @Test func `a corpus of one tune, again and again, is said to hold nothing out`() throws {
    let bytes = try readFile(at: command.folder.path + "/songs/1.mid")
    for copy in 0..<3 { try command.write(bytes, to: "copies/\(copy).mid") }
    let outcome = try command.run(
      ["train", "copies", "--steps", "2", "-o", "x.safetensors", "--window", "400"] + tiny)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n").map(String.init)
    let caution =
      "all pieces are the same music or nearly so: none is held out, and nothing tells when it is "
      + "known by heart"
    #expect(lines.first == caution)
    #expect(
      lines.dropFirst().first?.hasPrefix("a step reads 800 events and the corpus has ") == true)
  }
}
