import Foundation
import MuseGen
import Testing

struct ReadmeTests {
  /// The README's lines, but for the folder of its file.
  private func run(in folder: String) async throws {
    let model = try Model.named("folk")
    let piece = try await model.generate(.seconds(30))
    try piece.write(to: folder + "piece.mid")
  }

  @Test func `the lines of the README compile, and write a piece`() async throws {
    let folder = NSTemporaryDirectory() + "musegen-readme-\(UUID().uuidString)/"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await run(in: folder)
    #expect(try !Score(path: folder + "piece.mid").tracks.flatMap(\.notes).isEmpty)
  }

  @Test func `the README shows the lines that are tested`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
      .replacing("folder + ", with: "").split(separator: "\n").map {
        $0.trimmingCharacters(in: .whitespaces)
      }
    let block = try #require(readme.split(separator: "```swift\n").dropFirst().first)
    let lines = block.prefix(upTo: try #require(block.firstRange(of: "```")).lowerBound)
      .split(separator: "\n").map(String.init)
    #expect(lines.count == 4)
    for line in lines { #expect(source.contains(line), "\(line)") }
  }
}
