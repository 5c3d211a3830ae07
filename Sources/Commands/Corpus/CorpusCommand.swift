import ArgumentParser
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

extension Failure {
  /// What keeps a collection from being there, with the exit code of its kind.
  init(_ error: CollectionError) {
    let code: Code =
      switch error.reason {
      case .notAnArchive: .unavailable
      case .invalidName: .usage
      case .exists: .cannotCreate
      case .missing: .noInput
      case .changed, .noMusic: .data
      case .cancelled: .interrupted
      case .file(let file): Failure(file).code
      case .archive(let archive):
        switch archive.reason {
        case .file(let file): Failure(file).code
        case .cancelled: .interrupted
        case .malformed, .leadsOutside, .bomb: .data
        }
      case .download(let download):
        switch download.reason {
        case .invalidAddress: .usage
        case .checksum, .tooLarge: .data
        case .cancelled: .interrupted
        case .file(let file): Failure(file).code
        case .status, .connection, .busy: .unavailable
        }
      }
    var message = error.description
    if case .notAnArchive = error.reason {
      message += " and give their addresses to musegen corpus add"
    }
    self.init(code, message)
  }
}
