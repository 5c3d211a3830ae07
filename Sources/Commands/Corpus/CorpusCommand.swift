import ArgumentParser
import Downloads
import MuseGen

/// `musegen corpus`: music to learn from.
struct CorpusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "Lists, downloads and adds collections of music to learn from.",
    discussion: """
      Collections are kept in ~/.local/share/musegen/corpora, or in $MUSEGEN_CORPORA; musegen train \
      knows them by name.
      """,
    subcommands: [CorpusListCommand.self, CorpusGetCommand.self, CorpusAddCommand.self],
    defaultSubcommand: CorpusListCommand.self)
}
