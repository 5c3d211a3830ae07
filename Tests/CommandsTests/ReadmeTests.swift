import Foundation
import MuseGen
import TestSupport
import Testing

/// The README's Swift, which stands in `Snippets/` and is compiled with everything else.
struct ReadmeTests {
  private let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test func `the README shows the snippets as they are compiled`() throws {
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let blocks = readme.matches(of: /```swift\n([\s\S]*?)```/).map { String($0.1) }
    let snippets = try ["FiveLines", "TrainAModel"].map { name in
      let file = root.appending(path: "Snippets/\(name).swift")
      // Without the line that says what it is.
      return try String(contentsOf: file, encoding: .utf8).split(separator: "\n\n", maxSplits: 1)[1]
    }
    #expect(blocks == snippets.map(String.init))
  }

  @Test func `the five lines write a piece`() throws {
    let command = try Command(executable: "FiveLines")
    let outcome = try command.run()
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try command.files == ["piece.mid"])
    let piece = try Score(path: command.folder.appending(path: "piece.mid").path)
    #expect(!piece.tracks.flatMap(\.notes).isEmpty)
  }
}
