import Foundation
import MuseGen
import TestSupport
import Testing

extension LiveSoundTests {
  /// Keys of `musegen play` that keep pieces, and step through them.
  @Suite(
    .enabled(if: TerminalSession.isAvailable, "util-linux's script is not installed"),
    .enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
  struct FavouriteKeyTests {
    private struct Listed: Decodable {
      struct Model: Decodable {
        var name: String?
        var sha256: String?
      }
      var name: String
      var path: String
      var title: String?
      var rating: Int?
      var seconds: Double?
      var model: Model?
      var seed: UInt64?
      var command: String?
      var source: String?
    }

    private func outcome(_ scene: PlayerScene) throws -> PlayerScene.Outcome {
      try #require(PlayerScene.outcomes[scene]).get()
    }

    private func favourites(_ scene: PlayerScene.Outcome) throws -> [Listed] {
      let outcome = try scene.command.run(
        ["favourites", "--json"], environment: PlayerScene.favourites)
      try #require(outcome.code == 0, "\(outcome.errors)")
      // The folder is named from the scene's own.
      return try JSONDecoder().decode([Listed].self, from: Data(outcome.output.utf8)).map { found in
        var found = found
        found.path = scene.command.folder.path + "/" + found.path
        return found
      }
    }

    /// What a kept piece's command writes, in a folder of its own.
    private func made(
      by command: String, as name: String, in scene: PlayerScene.Outcome
    ) throws -> Data {
      let path = "PATH=\"\(scene.command.executableFolder):$PATH\""
      let made = try scene.command.shell(
        "mkdir -p elsewhere && cd elsewhere && export \(path) && \(command)")
      try #require(made.code == 0, "\(command): \(made.errors)")
      return try Data(
        contentsOf: scene.command.folder.appending(path: "elsewhere/\(name).mid"))
    }

    /// The titles that were shown, one after another.
    private func titles(_ scene: PlayerScene.Outcome) -> [String] {
      scene.session.screens.compactMap { screen in
        screen.firstMatch(of: /^(?:\d of \d  )?(new music, seed \d+|\w+\.mid)/).map { String($0.0) }
      }.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    @Test func `what is kept is the whole piece, and its command writes the same bytes`() throws {
      let scene = try outcome(.keep)
      #expect(scene.session.code == 0)
      #expect(scene.session.isRestored)
      let favourites = try favourites(scene)
      // As it was begun; two semitones higher and faster, and rated; safer from the middle on.
      #expect(
        favourites.map(\.name).sorted() == ["model-7", "model-7-2", "model-7-3"],
        "\(scene.session.output.suffix(400))")
      #expect(favourites.map(\.rating) == [4, nil, nil])
      #expect(scene.session.output.contains("kept as model-7-2, rated 4"))
      let model = try scene.command.shell("sha256sum model.safetensors")
      for favourite in favourites {
        #expect(favourite.seed == 7 && favourite.title == "musegen piece, seed 7")
        #expect(favourite.model?.sha256.map { model.output.hasPrefix($0) } == true)
        let command = try #require(favourite.command)
        let bytes = try Data(contentsOf: URL(filePath: favourite.path))
        #expect(try made(by: command, as: favourite.name, in: scene) == bytes, "\(command)")
        let score = Score(try MIDIFile(bytes: Array(bytes)))
        // Whole, though the music was left before its end.
        #expect(score.duration > 8 && abs((favourite.seconds ?? 0) - score.duration) < 0.01)
      }
      func notes(_ name: String) throws -> [Note] {
        let favourite = try #require(favourites.first { $0.name == name })
        let bytes = Array(try Data(contentsOf: URL(filePath: favourite.path)))
        return Score(try MIDIFile(bytes: bytes)).tracks.flatMap(\.notes)
      }
      let (plain, moved, safer) = (
        try notes("model-7"), try notes("model-7-2"), try notes("model-7-3")
      )
      #expect(moved.map { Int($0.pitch) - 2 } == plain.map { Int($0.pitch) })
      let command = try #require(favourites.first { $0.name == "model-7-2" }?.command)
      #expect(command.contains("--transpose 2 --tempo 126"))
      #expect(favourites.contains { $0.command?.contains("--then ") == true })
      #expect(safer.prefix(5).map(\.onset) == plain.prefix(5).map(\.onset))
      #expect(safer != moved)
    }

    @Test
    func
      `a file is kept with the program that it is heard with, and its command makes the same bytes`()
      throws
    {
      let scene = try outcome(.program)
      #expect(scene.session.code == 0)
      let favourite = try #require(try favourites(scene).first)
      let command = try #require(favourite.command)
      #expect(command.contains("--program 40"), "\(command)")
      let bytes = try Data(contentsOf: URL(filePath: favourite.path))
      #expect(try made(by: command, as: favourite.name, in: scene) == bytes)
      let score = Score(try MIDIFile(bytes: Array(bytes)))
      let programs = ChannelPrograms(score)
      let played = score.tracks.map { programs.programs(of: $0) }
      #expect(played == [[40]])
    }

    @Test func `b plays the piece before from its start, n goes on again, and x leaves one out`()
      throws
    {
      let scene = try outcome(.steps)
      #expect(scene.session.code == 0)
      // Seeds 7 and 8, back to 7, on to 8, which is discarded, and 9.
      #expect(titles(scene) == [7, 8, 7, 8, 9].map { "new music, seed \($0)" })
      let saved = try scene.saved("musegen-7.mid")
      let seeds = saved.texts.compactMap { $0.text.split(separator: " ").last }
      #expect(seeds == ["7", "8", "7", "9"])
      // What is heard again is the same music.
      let starts = saved.texts.map(\.tick)
      try #require(starts.count == 4)
      func notes(_ index: Int) -> [[Int]] {
        let part = saved.trimmed(to: starts[index]..<starts[index + 1])
        return part.tracks.flatMap(\.notes).map { [$0.onset, Int($0.pitch)] }.sorted {
          $0.lexicographicallyPrecedes($1)
        }
      }
      let (first, again) = (notes(0), notes(2))
      let count = min(first.count, again.count)
      #expect(count > 1 && first.prefix(count) == again.prefix(count))
    }

    @Test func `several files are stepped through, rated and left out`() throws {
      let scene = try outcome(.files)
      #expect(scene.session.code == 0)
      #expect(scene.session.isRestored)
      #expect(
        titles(scene) == [
          "1 of 3  a.mid", "2 of 3  b.mid", "1 of 3  a.mid", "1 of 2  b.mid", "2 of 2  c.mid",
        ])
      let favourites = try favourites(scene)
      #expect(favourites.map(\.name) == ["b"])
      #expect(favourites.first?.rating == 5 && favourites.first?.command == nil)
      #expect(favourites.first?.source == scene.command.folder.path + "/b.mid")
      let kept = try Data(contentsOf: URL(filePath: try #require(favourites.first?.path)))
      #expect(try kept == Data(contentsOf: scene.command.folder.appending(path: "b.mid")))
    }
  }
}
