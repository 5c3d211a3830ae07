import ArgumentParser
import MuseGen

/// What a network is told of its own piece, as typed: `6,16` or `none`.
struct RecallFlag: FormedArgument, CustomStringConvertible {
  static let form = "none, or numbers with commas between such as 6,16"

  /// The fewest events that must agree, for each match; none where nothing is told.
  let lengths: [Int]

  init(_ recall: Recall?) { lengths = recall?.lengths ?? [] }

  init?(argument: String) {
    guard argument != "none" else {
      lengths = []
      return
    }
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    lengths = parts.compactMap { Int($0) }
    guard lengths.count == parts.count else { return nil }
  }

  var description: String {
    lengths.isEmpty ? "none" : lengths.map(String.init).joined(separator: ",")
  }

  var defaultValueDescription: String { description }

  /// The network's setting.
  func recall(dropout: Float = 0, hasGate: Bool = true) -> Recall? {
    lengths.isEmpty ? nil : Recall(lengths: lengths, dropout: dropout, hasGate: hasGate)
  }
}
