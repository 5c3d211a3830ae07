import ArgumentParser
import Foundation
import MuseGen

/// The MIDI files a command works on.
struct CorpusOptions: ParsableArguments {
  @Argument(
    help: "Folders (searched recursively), .mid/.midi/.kar/.rmi files, or globs.",
    completion: .file(extensions: ["mid", "midi", "kar", "rmi"]))
  var pieces: [String]

  /// Finds, reads and encodes the files; those that cannot be read are named on standard error.
  func load(vocabulary: any Vocabulary, terminal: Terminal) throws -> Corpus {
    let paths: [String]
    do {
      paths = try MIDIFileFinder().findPieces(in: pieces)
    } catch {
      throw Failure(.noInput, error.description)
    }
    let corpus = Corpus(
      paths: paths, vocabulary: vocabulary, threads: ProcessInfo.processInfo.activeProcessorCount
    ) { progress in
      terminal.transient("reading \(progress.done) of \(progress.total) files")
    }
    for skipped in corpus.skipped {
      standardError("musegen: \(skipped); skipped")
    }
    if corpus.pieces.isEmpty {
      throw Failure(
        .data, "none of \(paths.count) files could be read as MIDI; see the lines above")
    }
    return corpus
  }
}
