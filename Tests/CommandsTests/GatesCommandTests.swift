import Foundation
import MuseGen
import TestSupport
import Testing

/// `musegen gates`, as a user gives it.
struct GatesCommandTests {
  private let command: Command

  init() throws {
    command = try Command()
    let strikes = (0..<64).map {
      Note(onset: 240 * $0, duration: 120, pitch: $0 % 2 == 0 ? 36 : 38)
    }
    for (name, channel) in [("drums", 9), ("bass", 0)] {
      let score = Score(
        tracks: [Track(channel: UInt8(channel), notes: strikes)], endTick: 64 * 240)
      try command.write(score.midiFile().bytes(), to: "\(name).mid")
    }
  }

  @Test func `a piece of which the model hears nothing is refused, and no picture written`() throws
  {
    for (piece, model, other) in [
      ("drums", "folk", "drums"), ("bass", "drums", "piano"), ("drums", "chorales", "drums"),
    ] {
      let outcome = try command.run("gates", "\(piece).mid", "-m", model, "-o", "gates.svg")
      #expect(outcome.code == 65 && outcome.output.isEmpty)
      #expect(
        outcome.errors
          == "musegen: \(piece).mid: found no notes that the model's vocabulary can tell, expected at "
          + "least one; -m \(other) tells some\n")
    }
    #expect(try command.files == ["bass.mid", "drums.mid"])
  }

  @Test func `where no model is named, drums alone are read and varied by one that plays them`()
    throws
  {
    for (piece, model) in [("drums", "drums"), ("bass", "piano")] {
      for line in [
        "gates \(piece).mid --top 1 -o gates.svg", "vary \(piece).mid --seed 1 -o new.mid",
      ] {
        let outcome = try command.run(
          line.split(separator: " ").map(String.init) + ["--overwrite"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(
          outcome.errors.hasPrefix(
            "musegen: no model.safetensors here: taking the model \(model); "))
      }
    }
  }

  @Test func `drums are drawn by a model that plays them`() throws {
    let outcome = try command.run(
      "gates", "drums.mid", "-m", "drums", "--top", "1", "-o", "gates.svg")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("place in the bar"))
    let svg = try String(
      contentsOf: command.folder.appending(path: "gates.svg"), encoding: .utf8)
    #expect(svg.contains("layer 2, forget") && !svg.contains("nan"))
  }
}
