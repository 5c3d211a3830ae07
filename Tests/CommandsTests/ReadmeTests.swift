import Foundation
import MuseGen
import Testing

struct ReadmeTests {
  /// The README's five lines, but for the folder of its files.
  private func run(in folder: String) throws {
    let model = try Model(path: folder + "model.safetensors")
    let generator = try PieceGenerator(model: model, settings: GenerationSettings())
    while generator.next() != nil {}
    try writeFile(generator.score.midiFile().bytes(), at: folder + "piece.mid")
  }

  @Test func `the lines of the README compile, and write a piece`() throws {
    let folder = NSTemporaryDirectory() + "musegen-readme-\(UUID().uuidString)/"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let vocabulary = PerformanceVocabulary()
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1),
        seed: 1), vocabulary: vocabulary)
    try model.write(to: folder + "model.safetensors")
    try run(in: folder)
    let bytes = try readFile(at: folder + "piece.mid")
    #expect(try !Score(MIDIFile(bytes: bytes)).tracks.flatMap(\.notes).isEmpty)
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
    #expect(lines.count == 5)
    for line in lines { #expect(source.contains(line), "\(line)") }
  }
}
