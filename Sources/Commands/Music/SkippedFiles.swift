import Drawing
import MuseGen

/// Files that gave no piece: each told in a line where they are few, by what is wrong with them where they are many.
struct SkippedFiles {
  /// Why, file by file.
  let errors: [CorpusError]
  /// How many files there were.
  let total: Int

  /// More than these are told by kind.
  private static let mostLines = 10
  /// So many of each kind are named.
  private static let mostNames = 3

  /// Whether they are told by kind, so that what is wrong with each has to stand elsewhere.
  var areSummarized: Bool { errors.count > Self.mostLines }

  /// What is told, a line each.
  var lines: [String] {
    guard areSummarized else { return errors.map { "\($0); skipped" } }
    let kinds = Dictionary(grouping: errors, by: { $0.reason.kind(of: 2) })
      .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    return ["\(errors.count.grouped) of \(total.counted("file")) skipped:"]
      + kinds.map { _, errors in
        "\(errors.count.grouped) \(errors[0].reason.kind(of: errors.count)), "
          + (errors.count == 1 ? "" : "such as ") + errors.map(\.path).listed(of: Self.mostNames)
      }
  }

  /// All of them, a line each, for a file.
  var list: String { errors.map { "\($0.description.onOneLine)\n" }.joined() }

  /// Tells them on standard error.
  func warn() { for line in lines { Terminal.warn(line) } }
}
