import Drawing
import FileStorage
import MuseGen

extension NamedMusic {
  /// Loads pieces with their labels; those that a table does not speak of are left out, and told.
  ///
  /// - Parameters:
  ///   - labels: where the labels come from.
  ///   - heldOut: the names of pieces that are held out, which may be among the arguments.
  ///   - vocabulary: in which vocabulary to encode.
  ///   - terminal: where progress is shown; nil to show none.
  /// - Returns: the pieces, at least one.
  /// - Throws: ``Failure`` where nothing is found, read or labelled.
  func labelledCorpus(
    _ labels: LabelOptions, holdingOut heldOut: [String] = [], in vocabulary: any Vocabulary,
    terminal: Terminal?
  ) throws -> LabelledCorpus {
    do {
      _ = try MIDIFileFinder(collections: .standard()).find(heldOut)
    } catch {
      throw Failure(.noInput, "--valid: \(error)\(NamedMusic(heldOut).advice(after: error))")
    }
    let known = Set(arguments.map(\.systemPath))
    let all = arguments + heldOut.filter { !known.contains($0.systemPath) }
    var found: PieceLabels?
    let corpus = try NamedMusic(all, threads: threads).corpus(
      in: vocabulary, terminal: terminal
    ) { pieces in
      let names = try labels.labels(of: pieces, in: all)
      found = names
      let labelled = pieces.filter { names[$0] != nil }
      let others = pieces.filter { names[$0] == nil }
      guard !labelled.isEmpty else {
        throw Failure(
          .data, "\(labels.labels ?? ""): speaks of none of \(pieces.count.counted("piece"))")
      }
      if let first = others.first {
        Terminal.warn(
          "\(others.count.counted("piece")) without a label, such as \(first.path); left out")
      }
      return labelled
    }
    guard let found else { preconditionFailure("pieces that nobody chose") }
    do {
      return try LabelledCorpus(corpus, found)
    } catch {
      throw Failure(error)
    }
  }
}
