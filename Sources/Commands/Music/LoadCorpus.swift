import Foundation
import MuseGen
import Settings

/// Finds, reads and encodes MIDI files; those that cannot be read are named on standard error.
///
/// - Parameters:
///   - arguments: folders, files, globs and names of collections.
///   - vocabulary: in which vocabulary to encode.
///   - terminal: where progress is shown; nil to show none.
/// - Returns: the pieces, at least one.
/// - Throws: ``Failure`` where nothing is found or nothing can be read.
func loadCorpus(
  _ arguments: [String], vocabulary: any Vocabulary, terminal: Terminal?
) throws -> Corpus {
  let pieces = try findPieces(arguments)
  let corpus = try Corpus(pieces: pieces, vocabulary: vocabulary, cache: .user) { progress in
    terminal?.transient("reading \(progress.done) of \(progress.total) files")
  }
  if pieces.count == 1, let skipped = corpus.skipped.first {
    throw Failure(skipped)
  }
  for skipped in corpus.skipped { Terminal.warn("\(skipped); skipped") }
  if corpus.pieces.isEmpty {
    throw Failure(.data, "none of \(pieces.count) files could be read as music")
  }
  return corpus
}

/// Loads the pieces to train on and those held out; copies of held-out pieces, which are not trained
/// on, are told on standard error.
///
/// - Parameters:
///   - arguments: the pieces to train on, as in ``loadCorpus(_:vocabulary:terminal:)``; the names of
///     held-out ones may be among them.
///   - heldOut: which pieces are held out.
///   - vocabulary: in which vocabulary to encode.
///   - terminal: where progress is shown.
/// - Returns: all pieces, and how they are parted.
/// - Throws: ``Failure`` where nothing is found or nothing can be read, on either side.
func loadCorpus(
  _ arguments: [String], holdingOut heldOut: HeldOut, vocabulary: any Vocabulary,
  terminal: Terminal
) throws -> (corpus: Corpus, split: Split) {
  let names = heldOut.names
  do {
    _ = try MIDIFileFinder(collections: .standard()).find(names)
  } catch {
    throw Failure(.usage, "--valid: \(error)")
  }
  let corpus = try loadCorpus(
    arguments + names.filter { !arguments.contains($0) }, vocabulary: vocabulary,
    terminal: terminal)
  let split: Split
  do {
    split = try corpus.split(heldOut)
  } catch {
    throw Failure(.usage, error.line(naming: "--valid"))
  }
  if let copy = split.leftOut.first {
    let original = split.valid.first { corpus.pieces[$0].noteHash == corpus.pieces[copy].noteHash }
    Terminal.warn(
      "\(split.leftOut.count.counted("piece")) held out under another name too, such as "
        + "\(corpus.pieces[copy].path)\(original.map { " as \(corpus.pieces[$0].path)" } ?? ""); "
        + "not trained on")
  }
  return (corpus, split)
}
