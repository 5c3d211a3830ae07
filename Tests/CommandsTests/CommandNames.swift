import ArgumentParser
import Commands

/// The commands as they are called, `["corpus", "get"]` for one below another.
enum CommandNames {
  static let all = paths(below: MuseGenCommand.self)

  static func type(at path: [String]) -> (any ParsableCommand.Type)? {
    path.reduce(MuseGenCommand.self as (any ParsableCommand.Type)?) { parent, name in
      parent?.configuration.subcommands.first { $0.configuration.commandName == name }
    }
  }

  private static func paths(below command: any ParsableCommand.Type) -> [[String]] {
    [[]]
      + command.configuration.subcommands.flatMap { subcommand in
        paths(below: subcommand).map { [subcommand.configuration.commandName ?? ""] + $0 }
      }
  }
}
