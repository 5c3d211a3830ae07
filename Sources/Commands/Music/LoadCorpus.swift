import Foundation
import MuseGen

/// Finds, reads and encodes MIDI files; those that cannot be read are named on standard error.
///
/// - Parameters:
///   - arguments: folders, files and globs.
///   - vocabulary: in which vocabulary to encode.
///   - terminal: where progress is shown; nil to show none.
/// - Returns: the pieces, at least one.
/// - Throws: ``Failure`` where nothing is found or nothing can be read.
func loadCorpus(
  _ arguments: [String], vocabulary: any Vocabulary, terminal: Terminal?
) throws -> Corpus {
  let paths = try findMusic(arguments)
  let corpus = Corpus(
    paths: paths, vocabulary: vocabulary,
    threads: ProcessInfo.processInfo.activeProcessorCount, cache: .user
  ) { progress in
    terminal?.transient("reading \(progress.done) of \(progress.total) files")
  }
  if paths.count == 1, let skipped = corpus.skipped.first {
    throw Failure(skipped)
  }
  for skipped in corpus.skipped { Terminal.warn("\(skipped); skipped") }
  if corpus.pieces.isEmpty {
    throw Failure(.data, "none of \(paths.count) files could be read as music")
  }
  return corpus
}
