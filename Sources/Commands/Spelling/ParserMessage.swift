import ArgumentParser
import MuseGen

/// What the parser says of an error, in one line, with what it leaves out: which option was probably
/// meant, and how a value is written.
struct ParserMessage {
  /// The line.
  let line: String
  /// Where more can be read: `see 'musegen train --help' for more information`; nil where nowhere.
  let hint: String?

  /// - Parameters:
  ///   - error: what the parser threw.
  ///   - command: the command that parsed.
  init(_ error: any Error, of command: any ParsableCommand.Type) {
    let lines = command.message(for: error).split(separator: "\n").map {
      $0.trimmingWhitespace
    }
    let values = lines.filter { $0.hasPrefix("- ") }.map { $0.dropFirst(2) }
    let said =
      (lines.filter { !$0.hasPrefix("- ") } + [values.joined(separator: ", ")])
      .filter { !$0.isEmpty }.joined(separator: " ").lowercasedFirst.trimmingSuffix(".")
    let help = command.fullMessage(for: error).split(separator: "\n").last {
      $0.contains("--help")
    }
    hint = help.map { $0.trimmingWhitespace.lowercasedFirst.trimmingSuffix(".") }
    let called = hint?.firstMatch(of: /'[^ ']+((?: [^- ']+)*) --help'/)?.1 ?? ""
    line = Self.completed(said, for: command.subcommand(at: called.split(separator: " ")))
  }

  private static func completed(
    _ said: String, for command: any ParsableCommand.Type
  ) -> String {
    if let match = said.firstMatch(of: /^unknown option '--([^']*)'/) {
      let flags = (command as? any FlagChecking.Type)?.listedFlags ?? []
      let names = flags.filter { $0.count > 1 }
      let meant = synonyms[String(match.1)]?.filter(flags.contains) ?? []
      return "unknown option '--\(match.1)'"
        + (meant.isEmpty ? String(match.1).nearest(among: names) : meant)
        .map { ($0.count > 1 ? "--" : "-") + $0 }.asNearest
    }
    if let match = said.firstMatch(
      of: /^the value '([\s\S]*)' is invalid for '--?([^ ']+) ?[^']*'/),
      let form = ValueForms(of: command)[String(match.2)]
    {
      let hyphens = match.2.count > 1 ? "--" : "-"
      // Half of the world writes numbers so.
      let isDecimal = form.hasPrefix("a number") && match.1.contains(/^-?[0-9]*,[0-9]+$/)
      return "\(hyphens)\(match.2) is \"\(match.1)\", expected \(form)"
        + (isDecimal ? ", with a point: \(match.1.replacing(",", with: "."))" : "")
    }
    if let match = said.firstMatch(of: /^missing value for '--?([^ ']+) ?[^']*'/),
      let form = ValueForms(of: command)[String(match.1)]
    {
      return "\(match.0), expected \(form)"
    }
    if let match = said.wholeMatch(of: /unexpected argument '([^']*)'/),
      (command as? any FlagChecking.Type)?.listedFlags.contains("model") ?? false,
      match.1.hasSuffix(ModelCatalog.ending) || ModelCatalog.standard()[String(match.1)] != nil
    {
      return "\(said), expected -m before the model's name: -m \(match.1)"
    }
    // The shell has parted a value at its blanks.
    if said.firstMatch(of: /^(?:[0-9]+ )?unexpected arguments?:? '/) != nil,
      let flags = (command as? any FlagChecking.Type)?.listedFlags,
      !flags.isDisjoint(with: spacedFlags)
    {
      return "\(said); write what has blanks in quotes"
    }
    return said
  }

  /// The options whose values may have blanks.
  private static let spacedFlags: Set = ["chords", "primer", "key", "trim", "bars"]

  /// What others call options, by the names of some commands' own.
  private static let synonyms = [
    "bars": ["trim", "length"], "bpm": ["tempo"], "speed": ["tempo"],
    "duration": ["length", "trim"], "seconds": ["length", "time"], "minutes": ["length", "time"],
    "instrument": ["program", "instruments"], "patch": ["program"], "volume": ["gain"],
    "composer": ["style"], "genre": ["style"], "prompt": ["primer"], "semitones": ["transpose"],
    "count": ["n"], "force": ["overwrite"], "batch-size": ["batch"], "lr": ["learning-rate"],
    "units": ["hidden"], "sequence-length": ["window"], "validation": ["valid"],
    "iterations": ["steps"],
  ]
}

extension ParsableCommand {
  /// The command whose names, one below the other, these are; this one behind a name that is none's.
  fileprivate static func subcommand(at path: [Substring]) -> any ParsableCommand.Type {
    path.reduce(self as any ParsableCommand.Type) { command, name in
      command.configuration.subcommands.first { $0.configuration.commandName == String(name) }
        ?? command
    }
  }
}

extension StringProtocol {
  fileprivate var trimmingWhitespace: String {
    let start = drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }
}
