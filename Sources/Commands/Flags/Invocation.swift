/// How the running command was called: which flags were typed, apart from those that have defaults.
package struct Invocation: Sendable {
  /// The command that runs.
  @TaskLocal package static var current = Invocation([])

  /// What stands behind the program's name.
  package let arguments: [String]

  /// Creates an invocation.
  package init(_ arguments: [String]) { self.arguments = arguments }

  /// What stands behind a subcommand's name.
  package func arguments(of subcommand: String) -> [String] {
    Array(arguments.drop { $0 != subcommand }.dropFirst())
  }

  /// The long names of the flags that were typed, without hyphens before them; `--no-x` counts as `x`.
  package var flags: Set<String> { Self.flags(in: arguments) }

  /// The long names of the flags among arguments.
  package static func flags(in arguments: [String]) -> Set<String> {
    var names: Set<String> = []
    for argument in arguments.prefix(while: { $0 != "--" }) {
      if let name = shortNames.first(where: { argument.hasPrefix($0.key) })?.value {
        names.insert(name)
      }
      guard argument.hasPrefix("--") else { continue }
      let name = String(argument.dropFirst(2).prefix { $0 != "=" })
      names.insert(name.hasPrefix("no-") ? String(name.dropFirst(3)) : name)
    }
    return names
  }

  private static let shortNames = ["-o": "output", "-m": "model", "-n": "n"]
}
