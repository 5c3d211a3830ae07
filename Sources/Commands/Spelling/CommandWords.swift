import ArgumentParser
import FileStorage
import MuseGen

/// A command whose default sub-command takes names of another kind than files.
protocol NameTaking {
  /// Whether a word is such a name.
  static func isName(_ word: String) -> Bool
}

/// The words that name a command.
enum CommandWords {
  /// Refuses a word that stands where a command's name should, or behind `help`, and is none's.
  ///
  /// The parser itself calls it unexpected, takes it for an argument of a default command, or prints
  /// the general help.
  ///
  /// - Parameters:
  ///   - arguments: what stands behind the program's name.
  ///   - root: the program's command.
  /// - Throws: ``Failure``, with the nearest command.
  static func check(_ arguments: [String], of root: any ParsableCommand.Type) throws(Failure) {
    var words = arguments[...]
    let isHelp = words.first == "help"
    if isHelp { words.removeFirst() }
    if isHelp, words.elementsEqual(["help"]) { return }
    var command = root
    var path: [String] = []
    while let word = words.first, !word.hasPrefix("-") {
      let names = command.configuration.subcommands.map { $0.configuration.commandName ?? "" }
      if names.isEmpty, !isHelp { return }
      guard let place = names.firstIndex(of: word) else {
        // What is there on disk is for the sub-command that needs no name.
        if !path.isEmpty, command.configuration.defaultSubcommand != nil,
          (command as? any NameTaking.Type)?.isName(word) ?? (fileKind(at: word) != nil)
        {
          return
        }
        throw unknown(word, below: path, among: names)
      }
      command = command.configuration.subcommands[place]
      path.append(word)
      words.removeFirst()
    }
  }

  /// Finds a file's name that is read as an option: `-song.mid`, one of whose letters may even ask for help.
  ///
  /// - Parameter arguments: what stands behind the program's name.
  /// - Returns: the first such name; nil where there is none.
  static func fileTakenForOption(among arguments: [String]) -> String? {
    arguments.prefix { $0 != "--" }.first { argument in
      argument.hasPrefix("-") && argument.contains(".") && fileKind(at: argument) != nil
    }
  }

  private static func unknown(
    _ word: String, below path: [String], among names: [String]
  ) -> Failure {
    if path.isEmpty, let advice = advice(onFile: word) {
      return Failure(.usage, "\(word) is no command; \(advice)")
    }
    func full(_ name: String) -> String { (path + [name]).joined(separator: " ") }
    let nearest = word.nearest(among: names).map(full)
    let list = (["musegen", "help"] + path).joined(separator: " ")
    return Failure(
      .usage,
      "no command is called \(full(word))\(nearest.asNearest); \(list) tells which there are")
  }

  /// What can be done with a file that stands where a command should; nil where it is none.
  private static func advice(onFile path: String) -> String? {
    let word = path.shellQuoted
    if path.hasSuffix(ModelCatalog.ending) { return "musegen play -m \(word) plays by this model" }
    if MIDIFileFinder.endings.contains(fileExtension(of: path).lowercased()) {
      return "musegen play \(word) plays it, musegen info \(word) tells what is in it"
    }
    return fileKind(at: path) == .folder ? "musegen train \(word) learns from its music" : nil
  }
}
