import Foundation
import Music
import StandardMIDIFile
import Testing
import Tokenization

/// Every vocabulary on the real music beside the repository; left out where it is absent.
@Suite(.enabled(if: SharedCorpus.isThere, "../shared/corpus is not there"))
struct SharedCorpusTests {
  @Test(arguments: allVocabularies)
  func `decoding what was encoded gives the quantised piece, which the grammar allows`(
    _ each: VocabularyCase
  ) throws {
    let vocabulary = each.vocabulary
    for path in try SharedCorpus.paths() {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      let score = Score(try MIDIFile(bytes: bytes))
      let tokens = vocabulary.encode(score)
      let quantised = vocabulary.quantise(score)
      #expect(vocabulary.decode(tokens) == quantised, "\(path)")
      #expect(vocabulary.quantise(quantised) == quantised, "\(path)")
      var grammar = vocabulary.makeGrammar()
      let body = (vocabulary as? ConditionedVocabulary)?.parts(of: tokens).body ?? tokens
      for (index, token) in body.enumerated() {
        guard grammar.allowed[token] else {
          Issue.record("\(path): token \(index), \(vocabulary.name(of: token)), is not allowed")
          break
        }
        grammar.advance(token)
      }
    }
  }

  @Test(arguments: [("jsb_chorales", 4), ("nottingham", 8), ("piano_midi", 8)])
  func `the piano rolls of Boulanger-Lewandowski come back frame for frame`(
    _ name: String, _ framesPerWhole: Int
  ) throws {
    var settings = PianoRollVocabulary.Configuration()
    settings.framesPerWhole = framesPerWhole
    let vocabulary = try PianoRollVocabulary(settings)
    let folder = SharedCorpus.folder + "/bl2012-mid/\(name)/valid"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let frames = try SharedCorpus.frames("\(name).valid")
    #expect(names.count == frames.count)
    for (file, expected) in zip(names, frames) {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: folder + "/" + file)))
      let tokens = vocabulary.encode(Score(try MIDIFile(bytes: bytes)))
      var told: [[Int]] = [[]]
      for token in tokens {
        let words = vocabulary.name(of: token).split(separator: " ")
        if words[0] == "note", let pitch = Int(words[1]) { told[told.count - 1].append(pitch) }
        if words[0] == "end-of-frame" { told.append([]) }
      }
      #expect(told.dropLast() == expected[...], "\(file)")
    }
  }
}

/// The folder of music that may stand beside the repository.
enum SharedCorpus {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/corpus").standardized.path

  static var isThere: Bool { FileManager.default.fileExists(atPath: folder + "/bl2012-mid") }

  /// Some files of each part; all of them with `MUSEGEN_LONG_TESTS`.
  static func paths() throws -> [String] {
    let all = ProcessInfo.processInfo.environment["MUSEGEN_LONG_TESTS"] != nil
    var paths: [String] = []
    for part in [
      "mutopia", "freedoom", "groove", "giantmidi", "jsb16-mid", "nottingham-jukedeck",
      "piano-midi-de",
    ] {
      let files = (FileManager.default.enumerator(atPath: folder + "/" + part)?.allObjects ?? [])
        .compactMap { $0 as? String }.filter { $0.hasSuffix(".mid") }.sorted()
      let step = all ? 1 : max(1, files.count / 3)
      paths += stride(from: 0, to: files.count, by: step).map { "\(folder)/\(part)/\(files[$0])" }
    }
    return paths
  }

  /// The frames of a part of the data set: a list of pitches for each.
  static func frames(_ name: String) throws -> [[[Int]]] {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", "\(folder)/bl2012/\(name).jsonl.gz"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try data.split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode([[Int]].self, from: Data($0))
    }
  }
}
