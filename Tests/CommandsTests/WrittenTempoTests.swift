import Foundation
import MuseGen
import TestSupport
import Testing

/// `--program` and `--tempo` in the MIDI files that are written.
struct WrittenTempoTests {
  let command: Command

  init() throws {
    command = try Command()
    let tune = try Score(motif: "C4 D4 E4 F4 G4/2 E4/2 C4/1")
    try command.write(tune.midiFile().bytes(), to: "tune.mid")
  }

  private func programs(_ score: Score) -> Set<UInt8> {
    let programs = ChannelPrograms(score)
    return Set(score.tracks.filter { !$0.isDrums }.flatMap { programs.programs(of: $0) })
  }

  @Test(
    arguments: [
      "generate -m chorales --length 4bars", "generate -m folk --length 4bars",
      "harmonize tune.mid -m chorales", "vary tune.mid -m folk",
    ])
  func `the program and the tempo asked for stand in the file`(line: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let outcome = try command.run(
      words + ["--seed", "3", "--program", "24", "--tempo", "96", "-o", "new.mid"])
    try #require(outcome.code == 0, "\(outcome.errors)")
    let score = try Score(path: command.folder.appending(path: "new.mid").path)
    #expect(programs(score) == [24])
    #expect(score.tempos.map(\.microsecondsPerQuarter) == [625_000])
  }

  @Test func `what play keeps where nothing can be heard has them as well`() throws {
    let outcome = try command.run(
      "play", "-m", "chorales", "--length", "2bars", "--device", "nowhere", "--program", "24",
      "--tempo", "96", "-o", "kept.mid")
    #expect(outcome.code != 0)
    let score = try Score(path: command.folder.appending(path: "kept.mid").path)
    #expect(programs(score) == [24])
    #expect(score.tempos.map(\.microsecondsPerQuarter) == [625_000])
  }

  @Test(
    arguments: [
      ("generate -m folk --program 128", "--program is \"128\", expected a program 0 to 127"),
      ("vary tune.mid -m folk --tempo 5", "--tempo is 5.0, expected 10 to 1000"),
      ("harmonize tune.mid -m chorales --tempo nan", "--tempo is nan, expected 10 to 1000"),
    ] as [(String, String)])
  func `what is no program and no tempo is refused`(line: String, told: String) throws {
    let outcome = try command.run(line.split(separator: " ").map(String.init))
    #expect(outcome.code == 64)
    #expect(outcome.errors.hasPrefix("musegen: \(told)"), "\(outcome.errors)")
    #expect(try command.files == ["tune.mid"])
  }
}
