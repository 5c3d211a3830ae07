import Foundation
import Music
import StandardMIDIFile
import Testing

/// Strange and broken files that others collected, where they stand beside this repository.
@Suite(.enabled(if: OddFiles.index != nil, "needs ../shared/odd-midi, which is not here"))
struct OddFileTests {
  @Test func `every valid file is read without a warning, with all its notes`() throws {
    for odd in OddFiles.listed(as: "valid") {
      let file = try MIDIFile(bytes: odd.bytes, mode: .strict)
      #expect(noteCount(file) == odd.notes, "\(odd.name)")
    }
  }

  @Test func `every questionable file is read, with all its notes`() throws {
    for odd in OddFiles.listed(as: "questionable") {
      let file = try MIDIFile(bytes: odd.bytes)
      #expect(noteCount(file) == odd.notes, "\(odd.name)")
    }
  }

  @Test func `every broken file is refused, or repaired with a warning`() throws {
    for odd in OddFiles.listed(as: "broken") {
      guard let file = try? MIDIFile(bytes: odd.bytes) else {
        #expect(odd.notes == nil, "\(odd.name) has notes that a reader may find")
        continue
      }
      #expect(!file.warnings.isEmpty, "\(odd.name)")
      if let notes = odd.notes { #expect(noteCount(file) == notes, "\(odd.name)") }
    }
  }

  @Test func `what is read of any file comes back as written`() throws {
    for url in OddFiles.all {
      guard let file = try? MIDIFile(bytes: [UInt8](Data(contentsOf: url))) else { continue }
      #expect(try MIDIFile(bytes: file.bytes()) == file, "\(url.lastPathComponent)")
      let score = Score(file)
      #expect(
        Score(try MIDIFile(bytes: score.midiFile().bytes())) == score, "\(url.lastPathComponent)")
    }
  }

  private func noteCount(_ file: MIDIFile) -> Int {
    Score(file).tracks.reduce(0) { $0 + $1.notes.count }
  }
}

private enum OddFiles {
  struct Odd {
    var name: String
    var bytes: [UInt8]
    var notes: Int?
  }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/odd-midi")

  /// The lines of the index: file, bytes, kind, notes, what is odd.
  static let index: [[String]]? = {
    let url = folder.appending(path: "made-here/INDEX.tsv")
    guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
    return text.split(separator: "\n").dropFirst().map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
  }()

  static func listed(as kind: String) -> [Odd] {
    (index ?? []).filter { $0[2] == kind }.compactMap { line in
      let url = folder.appending(path: "made-here/\(line[0])")
      return (try? Data(contentsOf: url)).map {
        Odd(name: line[0], bytes: [UInt8]($0), notes: Int(line[3]))
      }
    }
  }

  static var all: [URL] {
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? []).filter {
      ["mid", "midi", "kar", "rmi"].contains($0.pathExtension.lowercased())
    }
  }
}
