import FileStorage
import Foundation
import MuseGen
import TestSupport
import Testing

/// Collections through the command.
struct CorpusCommandTests {
  let command: Command
  let environment: [String: String]

  init() throws {
    command = try Command()
    environment = ["MUSEGEN_CORPORA": command.folder.appending(path: "corpora").path]
  }

  @Test func `the list tells each collection's licence`() throws {
    let outcome = try command.run(["corpus", "list"], environment: environment)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("CC BY-NC-SA 4.0"))
    let json = try command.run(["corpus", "list", "--json"], environment: environment)
    let rows =
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]] ?? []
    #expect(rows.count >= 8)
    #expect(rows.allSatisfy { $0["licence"] is String && $0["folder"] == nil })
  }

  @Test func `nothing is downloaded before its licence is agreed to`() throws {
    let outcome = try command.run(["corpus", "get", "maestro"], environment: environment)
    #expect(outcome.code == 64)
    #expect(outcome.output.contains("CC BY-NC-SA 4.0"))
    #expect(outcome.errors == "musegen: maestro: not downloaded; --yes agrees to its licence\n")
    let unknown = try command.run(["corpus", "get", "nonsense"], environment: environment)
    #expect(unknown.code == 64)
    let scattered = try command.run(
      ["corpus", "get", "mutopia", "--yes"], environment: environment)
    #expect(scattered.code == 69)
    #expect(scattered.errors.split(separator: "\n").count == 1)
  }

  @Test func `an own collection is added by its address and trained on by its name`() throws {
    let song = melody([60, 62, 64, 65, 67, 65, 64, 62])
    let archive = ArchiveBytes.zip([.init("set/song.mid", song.midiFile().bytes())])
    let server = try LoopbackServer { request, _ in
      .file(archive, tag: "a", for: request, cutAfter: 200)
    }
    let added = try command.run(
      ["corpus", "add", server.address + "/My%20Set.zip", "--licence", "CC0"],
      environment: environment)
    #expect(added.code == 0, "\(added.errors)")
    #expect(added.output.contains("my-set: 1 file in "))
    let listed = try command.run(["corpus", "list"], environment: environment)
    #expect(listed.output.split(separator: "\n").last?.hasPrefix("my-set") == true)
    let trained = try command.run(
      ["train", "my-set", "--steps", "2", "--hidden", "8", "--layers", "1"],
      environment: environment)
    #expect(trained.code == 0, "\(trained.errors)")
    #expect(trained.output.contains("\n1 piece, "))
    let again = try command.run(
      ["corpus", "add", server.address + "/My%20Set.zip"], environment: environment)
    #expect(again.code == 73)
  }

  @Test func `a collection is called after its source without the ending of any music`() throws {
    let score = """
      <score-partwise><part-list><score-part id="P1"><part-name/></score-part></part-list>
      <part id="P1"><measure number="1"><note><pitch><step>C</step><octave>4</octave></pitch>
      <duration>1</duration></note></measure></part></score-partwise>
      """
    try command.write(Array(score.utf8), to: "Air.musicxml")
    try command.write(melody([60, 62, 64]).midiFile().bytes(), to: "Jig.KAR")
    for (source, name) in [("Air.musicxml", "air"), ("Jig.KAR", "jig")] {
      let added = try command.run(["corpus", "add", source], environment: environment)
      #expect(added.code == 0, "\(added.errors)")
      #expect(added.output.hasPrefix("\(name): 1 file in "), "\(added.output)")
    }
  }

  @Test func `a folder named by dots is called as it is, and one without a name is refused`()
    throws
  {
    try command.write(melody([60, 62, 64]).midiFile().bytes(), to: "Old Songs/more/song.mid")
    let corpora = "MUSEGEN_CORPORA=\"$PWD/corpora\""
    for (folder, typed) in [("Old Songs", "."), ("Old Songs/more", ".."), ("Old Songs", "./")] {
      let added = try command.shell(
        "export \(corpora); rm -rf corpora; cd '\(folder)' && \"$M\" corpus add '\(typed)'")
      #expect(added.code == 0, "\(added.errors)")
      #expect(added.output.hasPrefix("old-songs: 1 file in "), "\(added.output)")
    }
    for unnamed in ["/", "歌"] {
      let refused = try command.run(["corpus", "add", unnamed], environment: environment)
      #expect(refused.code == 64)
      #expect(
        refused.errors
          == "musegen: \(unnamed): tells no name for the collection; give one with --name\n")
    }
  }

  @Test func `an own collection does not take the name, and so the licence, of a public one`()
    throws
  {
    try command.write(melody([60, 62, 64]).midiFile().bytes(), to: "maestro/song.mid")
    for arguments in [["maestro"], ["maestro/song.mid", "--name", "maestro"]] {
      let outcome = try command.run(["corpus", "add"] + arguments, environment: environment)
      #expect(outcome.code == 64)
      #expect(
        outcome.errors == "musegen: maestro is the name of a public collection, expected another: "
          + "--name my-maestro\n")
    }
    #expect(try !command.files.contains { $0.hasPrefix("corpora") })
    let named = try command.run(
      ["corpus", "add", "maestro", "--name", "my-maestro"], environment: environment)
    #expect(named.code == 0, "\(named.errors)")
  }

  @Test func `a folder without a record of its source is listed and trained on`() throws {
    let song = melody([60, 62, 64, 65, 67, 65, 64, 62])
    try command.write(song.midiFile().bytes(), to: "corpora/mine/song.mid")
    let listed = try command.run(["corpus", "list"], environment: environment)
    #expect(listed.code == 0, "\(listed.errors)")
    let line = try #require(listed.output.split(separator: "\n").last)
    #expect(line.hasPrefix("mine ") && line.contains("of unknown source"), "\(line)")
    let trained = try command.run(
      ["train", "mine", "--steps", "1", "--hidden", "8", "--layers", "1"],
      environment: environment)
    #expect(trained.code == 0, "\(trained.errors)")
  }

  @Test func `a download that is stopped by Ctrl-C goes on where it stopped`() throws {
    let song = melody((0..<200).map { 60 + UInt8($0 % 12) }).midiFile().bytes()
    let server = try LoopbackServer { request, number in
      var answer = LoopbackServer.Answer.file(
        song, tag: "a", for: request, cutAfter: number == 0 ? 500 : nil)
      answer.silence = number == 0 ? 2.5 : 0
      return answer
    }
    let arguments = ["corpus", "add", server.address + "/song.mid"]
    let stopped = try command.run(arguments, environment: environment, interruptedAfter: 0.5)
    #expect(stopped.code == 130)
    #expect(stopped.errors.hasSuffix("stopped; what has come is kept for another try\n"))
    #expect(try command.run(["corpus", "list"], environment: environment).code == 0)
    let added = try command.run(arguments, environment: environment)
    #expect(added.code == 0, "\(added.errors)")
    #expect(server.requests.last?.fields["range"] == "bytes=500-")
    let kept = command.folder.appending(path: "corpora/song/song.mid").path
    #expect(try readFile(at: kept) == song)
  }

  private func melody(_ pitches: [UInt8]) -> Score {
    Score(
      tracks: [
        Track(
          notes: pitches.enumerated().map { index, pitch in
            Note(onset: 480 * index, duration: 480, pitch: pitch, velocity: 80)
          })
      ], endTick: 480 * pitches.count)
  }
}
