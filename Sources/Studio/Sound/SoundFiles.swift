import Dispatch
import FileStorage
import MuseGen
import Playback

/// Sound files of pieces, rendered when they are asked for and kept while the studio is open.
actor SoundFiles {
  private let folder: String
  private let soundFont: String?
  private var files: [(name: String, file: Task<String, any Error>)] = []
  private let threads = DispatchQueue(label: "musegen.rendering", qos: .utility)

  private static let keptFiles = 8

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
  ///   - record: the piece, in the state that it is in.
  ///   - score: its notes.
  /// - Returns: the file's path.
  /// - Throws: `PlaybackError` where it cannot be rendered.
  func file(of record: PieceRecord, _ score: Score) async throws -> String {
    let name = "\(record.id)-\(record.edits).wav"
    if let known = files.first(where: { $0.name == name }) { return try await known.file.value }
    let path = "\(folder)/\(name)"
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
    files.append((name, task))
    if files.count > Self.keptFiles {
      try? removeFile(at: "\(folder)/\(files.removeFirst().name)")
    }
    do {
      return try await task.value
    } catch {
      // It may go better another time.
      files.removeAll { $0.name == name }
      throw error
    }
  }
}
