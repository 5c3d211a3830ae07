import FileStorage
import Foundation
import Music
import StandardMIDIFile

/// A folder that is removed with its contents when the test is done.
final class TemporaryFolder {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("musegen-\(UUID().uuidString)").path
    try createFolder(at: path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and the folders above it; gives its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    try createFolder(at: (file as NSString).deletingLastPathComponent)
    try writeFile(bytes, at: file)
    return file
  }
}

/// A melody of quarter notes.
func melody(_ pitches: [UInt8], microsecondsPerQuarter: Int = 500_000) -> Score {
  Score(
    tracks: [
      Track(
        notes: pitches.enumerated().map { index, pitch in
          Note(onset: 480 * index, duration: 480, pitch: pitch)
        })
    ],
    tempos: [TempoChange(tick: 0, microsecondsPerQuarter: microsecondsPerQuarter)],
    endTick: 480 * pitches.count)
}
