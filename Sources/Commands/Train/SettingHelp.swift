import ArgumentParser
import Foundation

/// What the flags of `train` are for, as comments in a file of settings.
struct SettingHelp {
  private let abstracts: [String: String]

  init() {
    struct Help: Decodable {
      var command: Node
      struct Node: Decodable { var arguments: [Argument]? }
      struct Argument: Decodable {
        var names: [Name]?
        var valueName: String?
        var abstract: String?
        var allValues: [String]?
        struct Name: Decodable { var name: String }
      }
    }
    // What the parser hands to those who write documentation out of it.
    let help = try? JSONDecoder().decode(Help.self, from: Data(TrainCommand._dumpHelp().utf8))
    var abstracts: [String: String] = [:]
    for argument in help?.command.arguments ?? [] {
      guard let abstract = argument.abstract else { continue }
      let list = argument.allValues?.joined(separator: ", ")
      // Some say themselves what they may be.
      let values = list.flatMap { abstract.contains($0) ? nil : " (\($0))" } ?? ""
      let text = abstract.hasSuffix(".") ? abstract.dropLast() + values + "." : abstract + values
      for name in argument.names?.map(\.name) ?? [argument.valueName ?? ""] {
        abstracts[name] = text
      }
    }
    self.abstracts = abstracts
  }

  /// The longest line of a comment.
  private static let width = 96

  /// A setting's help in lines of comments.
  ///
  /// - Parameter name: its flag's long name; `pieces` for the arguments without a flag.
  /// - Returns: the lines; none where nothing is known of it.
  func comment(on name: String) -> [String] {
    guard let abstract = abstracts[name] else { return [] }
    return abstract.wrapped(to: Self.width - 2).map { "# " + $0.drop { $0 == " " } }
  }
}
