import FileStorage
import Foundation
import MuseGen
import Studio
import Testing

@testable import Commands

/// What the studio says of itself in the words of the command line.
struct StudioCommandTests {
  private func record(_ order: String) throws -> PieceRecord {
    let text = """
      {"id": "0123456789abcdef", "name": "It's", "created": 1, "rating": 0, "edits": 0, "notes": 1, "seconds": 1,
        "isDeleted": false, "order": \(order)}
      """
    return try JSONDecoder().decode(PieceRecord.self, from: Data(text.utf8))
  }

  @Test func `a piece that was steered says what was changed on its way`() throws {
    let line = CommandLine.making(
      try record(
        """
        {"kind": "new", "model": "folk", "seed": 3, "length": {"unit": "upto", "amount": 120}, "changes": [
          {"event": 30, "temperature": 0.5}, {"event": 40, "density": 6}, {"event": 50, "density": 0}]}
        """), source: nil)
    #expect(
      line
        == "musegen generate -m folk --length upto120s --then 30:temperature=0.5 --then 40:density=6.0 "
        + #"--then 50:density=free --seed 3 -o 'It'\''s.mid'"#)
  }

  @Test func `a file is called as the piece as far as a file system takes it`() throws {
    var record = try record("{\"kind\": \"new\", \"model\": \"folk\", \"seed\": 3}")
    // Three bytes each.
    record.name = String(repeating: "語", count: 120)
    let line = CommandLine.making(record, source: nil)
    #expect(
      line
        == "musegen generate -m folk --seed 3 -o '" + String(repeating: "語", count: 83) + ".mid'")
  }

  @Test func `a source in a folder whose name is no text is told as a shell takes it`() throws {
    let folder = "/home/" + String(systemPath: [0x53, 0xFC, 0x27])
    let line = CommandLine.making(
      try record(
        """
        {"kind": "variation", "model": "folk", "seed": 3, "source": "0123456789abcdee"}
        """), source: "\(folder)/source.mid")
    #expect(
      line
        == #"musegen vary $'/home/S\374\047/source.mid' -m folk --seed 3 -o 'It'\''s.mid'"#)
  }

  @Test(arguments: [nil, "/models/folk.safetensors"])
  func `a training is one that musegen train takes`(base: String?) throws {
    let arguments = TrainingInvocation.arguments(
      for: .start(
        music: "/music/mine", run: "/runs/tune", model: "/models/tune.safetensors", from: base,
        minutes: 2.5, given: base == nil ? "highest" : nil, hasSamples: base != nil))
    #expect(arguments.first == "train")
    let flags = Array(arguments.dropFirst())
    let command = try TrainCommand.layered(flags)
    #expect(command.pieces == ["/music/mine"])
    #expect(command.start.run == "/runs/tune")
    #expect(command.start.output == "/models/tune.safetensors")
    #expect(command.start.from == base)
    #expect((command.given.given == nil) == (base != nil))
    #expect(command.training.time?.seconds == 150)
    let interval: RunInterval? = base == nil ? nil : .seconds(15)
    #expect(command.runOptions.sampleEvery == interval)
    // Not all that can be said can be said together.
    let vocabulary = try command.given.configuration(on: command.vocabulary.configuration())
    try Invocation.$current.withValue(Invocation(arguments)) {
      try command.checkFlags(with: vocabulary, in: SettingLayers(of: command, flags: flags))
    }
  }

  @Test func `a training goes on as one does`() throws {
    let arguments = TrainingInvocation.arguments(for: .resume(run: "/runs/tune"))
    #expect(try TrainCommand.layered(Array(arguments.dropFirst())).start.resume == "/runs/tune")
  }
}
