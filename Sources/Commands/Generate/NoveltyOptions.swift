import ArgumentParser
import Drawing
import FileStorage
import Foundation
import MuseGen

/// How much a piece may copy.
struct NoveltyOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Draw a piece anew while it shares more than so many notes in a row with --novel-corpus.",
      discussion: "A shared passage is what musegen copied tells; a primer counts too.",
      valueName: "notes"))
  var novel: Int?

  @Option(
    help: ArgumentHelp(
      "The pieces not to copy; may be given again.",
      discussion: "Without it those that the model's run in runs/ learned from."),
    completion: .file(extensions: MIDIFileFinder.endings))
  var novelCorpus: [String] = []

  /// What checks pieces; nil where none was asked for.
  func check(ofModelAt model: String, terminal: Terminal) throws -> NoveltyCheck? {
    guard let novel else {
      if !novelCorpus.isEmpty {
        throw Failure(.usage, "--novel-corpus without --novel, expected --novel NOTES too")
      }
      return nil
    }
    guard novel >= 2 else { throw Failure(.usage, "--novel is \(novel), expected 2 or more notes") }
    let corpus = novelCorpus.isEmpty ? learned(by: model) : novelCorpus
    guard !corpus.isEmpty else {
      throw Failure(
        .usage,
        "--novel needs the pieces not to copy, as no run in runs/ has written \(model): "
          + "--novel-corpus FOLDER")
    }
    return NoveltyCheck(
      limit: novel, repertoire: try NamedMusic(corpus).repertoire(terminal: terminal))
  }

  /// The corpus of the latest run that has written a model.
  private func learned(by model: String) -> [String] {
    let path = absolutePath(model)
    let runs = (try? RunSummary.all(in: "runs")) ?? []
    return runs.last { $0.output?.systemPath == path.systemPath }?.corpus ?? []
  }
}

/// Draws pieces until one copies no more than it may.
struct NoveltyCheck {
  let limit: Int
  let repertoire: Repertoire

  // Far from the seeds of other pieces, which are counted on by one.
  private static let seedStride: UInt64 = 1_000_003
  private static let draws = 50

  /// Draws a piece.
  ///
  /// - Parameters:
  ///   - seed: the first draw's seed.
  ///   - music: the music of a piece, which is what may not be copied.
  ///   - draw: makes the piece of a seed; by that seed alone it can be made again.
  /// - Returns: the first piece that is new enough, and its seed.
  /// - Throws: ``Failure`` where 50 draws copied too much, and what `draw` throws.
  func piece<Piece>(
    seed: UInt64, music: (Piece) -> Score, draw: (UInt64) throws -> Piece
  ) throws -> (piece: Piece, seed: UInt64) {
    var seed = seed
    var copied: SharedPassage?
    for drawn in 0..<Self.draws {
      let piece = try draw(seed)
      let shared = repertoire.longestPassage(sharedWith: music(piece))
      guard let shared, shared.noteCount > limit else {
        if let copied {
          Terminal.warn(
            "drawn anew \(drawn.counted("time")): seed \(seed &- Self.seedStride) copied "
              + "\(copied.noteCount) notes of \(copied.source)")
        }
        return (piece, seed)
      }
      copied = shared
      seed &+= Self.seedStride
    }
    throw Failure(
      .data,
      "\(Self.draws) draws all copied more than \(limit) notes"
        + "\(copied.map { ", the last one \($0.noteCount) of \($0.source)" } ?? ""); "
        + "try a higher --novel or --temperature")
  }
}
