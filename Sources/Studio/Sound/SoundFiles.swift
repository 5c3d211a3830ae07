import Dispatch
import FileStorage
import MuseGen
import Playback

/// Sound files of pieces, rendered when they are asked for and kept while the studio is open.
actor SoundFiles {
  private let folder: String
  private let soundFont: String?
  private var files: [Entry] = []
  /// How many were made, by which each has a name of its own.
  private var madeCount = 0
  private let threads = DispatchQueue(label: "musegen.rendering", qos: .utility)

  private static let keptFiles = 8

  /// A file, and the notes in it: a piece may grow while it is played along with, and is changed by hand.
  private struct Entry {
    var piece: String
    var score: Score
    var path: String
    var file: Task<String, any Error>
  }

  /// Makes the folder, and empties it of what an earlier studio left.
  init(folder: String, soundFont: String?) throws(FileError) {
    self.folder = "\(folder)/sound"
    self.soundFont = soundFont
    if fileKind(at: self.folder) != nil { try removeFolder(at: self.folder) }
    try createFolder(at: self.folder)
  }

  /// The sound file of a piece.
  ///
  /// - Parameters:
  ///   - record: the piece.
  ///   - score: its notes, as they are now.
  /// - Returns: the file's path.
  /// - Throws: `PlaybackError` where it cannot be rendered.
  func file(of record: PieceRecord, _ score: Score) async throws -> String {
    if let known = files.first(where: { $0.piece == record.id && $0.score == score }) {
      return try await known.file.value
    }
    madeCount += 1
    let path = "\(folder)/\(record.id)-\(madeCount).wav"
    let task = Task { [soundFont, threads] in
      try await withCheckedThrowingContinuation { continuation in
        threads.async {
          continuation.resume(
            with: Result {
              let font = try SoundFont.discover(explicit: soundFont)
              try Performance(score).render(
                to: path, soundFont: font,
                settings: RenderSettings(
                  metadata: AudioMetadata(score, named: "", soundFont: font)))
              return path
            })
        }
      }
    }
    files.append(Entry(piece: record.id, score: score, path: path, file: task))
    if files.count > Self.keptFiles { try? removeFile(at: files.removeFirst().path) }
    do {
      return try await task.value
    } catch {
      // It may go better another time.
      files.removeAll { $0.path == path }
      throw error
    }
  }
}
