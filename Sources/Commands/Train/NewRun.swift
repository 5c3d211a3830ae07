import FileStorage
import Foundation
import MuseGen

/// Where a new run leaves what it makes.
struct NewRun {
  /// The run's folder.
  let path: String
  /// The folder and those above it that are not there yet, the outermost first.
  let newFolders: [String]
  let output: ModelOutput
  let file: ModelFileOptions
  let options: RunOptions

  /// - Parameters:
  ///   - folder: the folder that the user named; nil for one called after the music.
  ///   - pieces: the arguments that name the music.
  ///   - output: the model file.
  ///   - file: what the model file says of itself.
  ///   - options: what the run shows and leaves.
  init(
    in folder: String?, on pieces: [String], output: ModelOutput, file: ModelFileOptions,
    options: RunOptions
  ) {
    path = folder ?? Self.unusedFolder(for: pieces.first ?? "")
    newFolders = Self.foldersToMake(for: path)
    self.output = output
    self.file = file
    self.options = options
  }

  /// Makes the folder; a process that leaves before there is a checkpoint takes it along.
  ///
  /// - Parameters:
  ///   - corpus: the arguments that name the music, on either side.
  ///   - skipped: the files among it that gave no piece, which are listed there where they are many.
  ///   - complete: adds what only some runs have.
  /// - Returns: the folder, locked.
  /// - Throws: `TrainingError` where it cannot be made or is another run's.
  func makeFolder(
    corpus: [String], skipped: [CorpusError], _ complete: (inout RunFolder.Start) -> Void
  ) throws -> RunFolder {
    var start = RunFolder.Start(
      folder: currentFolder(), corpus: corpus, output: absolutePath(output.path),
      label: file.label, precision: file.store, saveInterval: options.saveEvery)
    start.threads = options.threads
    start.eventFolder = options.eventFolder(ofRunIn: path)
    complete(&start)
    for folder in newFolders { Temporaries.add(folder, isShared: folder != path) }
    let folder = try RunFolder.create(path, start: start)
    let files = SkippedFiles(errors: skipped, total: skipped.count)
    if files.areSummarized { try Failure.writing { try folder.writeSkipped(files.list) } }
    return folder
  }

  /// Removes the folder where it is new, and those made for it: the run cannot begin.
  func removeFolders() {
    for folder in newFolders.reversed() { Temporaries.remove(folder) }
  }

  /// A path and the folders above it that are not there yet, the outermost first.
  private static func foldersToMake(for path: String) -> [String] {
    let bytes = path.utf8
    let ends =
      bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") && $0 != bytes.startIndex }
      + [bytes.endIndex]
    return ends.map { String(path[..<$0]) }.filter { fileKind(at: $0) == nil }
  }

  /// `runs/NAME` after the corpus, numbered where that is taken.
  private static func unusedFolder(for corpus: String) -> String {
    let stem = pathWithoutExtension(fileName(of: absolutePath(corpus)))
    let name = stem.isEmpty || stem == "/" || stem.contains("*") ? "corpus" : stem
    let candidates = (1...).lazy.map { "runs/\(name)-\($0)" }
    return candidates.first { fileKind(at: $0) == nil } ?? "runs/\(name)"
  }
}
