import ArgumentParser
import Drawing
import Favourites
import Foundation
import MuseGen

/// `musegen favourites`: the pieces that were kept in `play`.
struct FavouritesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "favourites",
    abstract:
      "Lists the pieces that were kept in play, tells of one, plays, rates and removes them.",
    discussion: """
      They are in $MUSEGEN_FAVOURITES, else in ~/.local/share/musegen/favourites: NAME.mid, and NAME.json, \
      which says what wrote it and the command that makes it again. A MIDI file that is put there is one, too.
      """,
    subcommands: [
      FavouritesListCommand.self, FavouritesPlayCommand.self, FavouritesRateCommand.self,
      FavouritesRemoveCommand.self,
    ],
    defaultSubcommand: FavouritesListCommand.self)
}

extension FavouritesCommand: NameTaking {
  static func isName(_ word: String) -> Bool {
    FavouriteStore.standard()[word.trimmingSuffix(".mid")] != nil
  }
}

/// `musegen favourites list`: lists favourites, or tells all of one.
struct FavouritesListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists favourites, the best first, or tells all of one.")

  @Argument(help: "A favourite's name; without one, all of them.")
  var name: String?

  @Flag(help: "Print everything as JSON.")
  var json = false

  func run() throws {
    let favourites = UserFavourites()
    if let name {
      let favourite = ListedFavourite(try favourites.named(name))
      return json ? try Terminal.printJSON(favourite) : try StandardOutput.lines(favourite.lines)
    }
    let listed = favourites.all.map { ListedFavourite($0) }
    if json { return try Terminal.printJSON(listed) }
    if listed.isEmpty {
      return try StandardOutput.line(
        "no favourites in \(favourites.store.folder); k keeps a piece in play")
    }
    let head = ["favourite", "rating", "model", "length", "kept"]
    try StandardOutput.lines(TextTable([head] + listed.map(\.row)).lines)
  }
}

/// `musegen favourites play`: plays favourites.
struct FavouritesPlayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "play", abstract: "Plays favourites, the best first; keys are those of play.")

  @Argument(
    help: "Favourites' names, in the order in which they are played (default: all of them).")
  var names: [String] = []

  @OptionGroup var sound: SoundOptions
  @OptionGroup var place: PlaceOptions

  func run() async throws {
    let favourites = UserFavourites()
    let chosen = names.isEmpty ? favourites.all : try names.map(favourites.named)
    guard !chosen.isEmpty else {
      throw Failure(
        .noInput, "no favourites in \(favourites.store.folder); k keeps a piece in musegen play")
    }
    try await PlayedFiles(
      chosen.map { ($0.path, .favourite($0)) }, sound: sound, place: place
    ).play()
  }
}

/// `musegen favourites rate`: rates a favourite.
struct FavouritesRateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rate", abstract: "Says how much a favourite is liked.")

  @Argument(help: "The favourite's name.")
  var name: String

  @Argument(help: "How much it is liked: 1 to 5, 0 to say nothing of it.")
  var rating: Int

  func run() throws {
    guard rating == 0 || FavouriteNote.ratings.contains(rating) else {
      throw Failure(.usage, "the rating is \(rating), expected 1 to 5, or 0 for none")
    }
    let favourites = UserFavourites()
    let rated = try Failure.writing {
      try favourites.store.rate(favourites.named(name), rating == 0 ? nil : rating)
    }
    try StandardOutput.line(
      "\(rated.name): " + (rated.note.rating.map { "rated \($0)" } ?? "no rating"))
  }
}

/// `musegen favourites rm`: removes favourites.
struct FavouritesRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Removes favourites: the MIDI files and what is said of them.")

  @Argument(help: "Favourites' names.")
  var names: [String]

  func run() throws {
    let favourites = UserFavourites()
    // All are looked for before the first is removed.
    let chosen = try names.map(favourites.named)
    for favourite in chosen {
      try Failure.writing { try favourites.store.remove(favourite) }
      try StandardOutput.line("\(favourite.name): removed")
    }
  }
}

/// The user's favourites, the best first, of those that are liked as much the latest first.
private struct UserFavourites {
  let store = FavouriteStore.standard()
  let all: [Favourite]

  /// Reads them; a note that cannot be read is told.
  init() {
    let (favourites, unreadable) = store.list()
    for path in unreadable { Terminal.warn("\(path): no note on a favourite; passed over") }
    all = favourites.sorted { first, second in
      func order(_ favourite: Favourite) -> (Int, String) {
        (favourite.note.rating ?? 0, favourite.note.date ?? "")
      }
      return order(first) == order(second)
        ? first.name < second.name : order(first) > order(second)
    }
  }

  /// The favourite of a name, or of a MIDI file's name.
  func named(_ name: String) throws -> Favourite {
    let stem = name.trimmingSuffix(".mid")
    if let found = all.first(where: { $0.name == name || $0.name == stem }) { return found }
    let nearest = stem.nearest(among: all.map(\.name))
    throw Failure(
      .noInput,
      "\(name): found no favourite of this name\(nearest.asNearest)"
        + (nearest.isEmpty ? "; musegen favourites lists them" : ""))
  }
}

/// What `musegen favourites` tells of one.
private struct ListedFavourite: Encodable {
  let name: String
  let path: String
  let note: FavouriteNote

  init(_ favourite: Favourite) {
    var note = favourite.note
    // Of a file that was put there nobody has said how long it is.
    note.seconds = note.seconds ?? (try? Score(fileAt: favourite.path))?.duration
    (name, path, self.note) = (favourite.name, favourite.path, note)
  }

  /// The model in a word.
  private var model: String? { note.model.flatMap { $0.name?.fileStem ?? $0.title } }

  private var length: String? { note.seconds.map { ClockText.duration($0) } }

  /// The date and the hour, in universal time.
  private var date: String? {
    note.date.map { $0.replacing("T", with: " ").replacing("Z", with: "") }
  }

  /// Its line of the list.
  var row: [String] {
    [
      name, note.rating.map { "\($0)" } ?? "-", (model ?? "-").clipped(to: 30), length ?? "-",
      date ?? "-",
    ].map(
      \.onOneLine)
  }

  /// All that is known of it.
  var lines: [String] {
    let facts: [(String, String?)] = [
      ("file", path), ("title", note.title), ("rating", note.rating.map { "\($0) of 5" }),
      ("length", length), ("model", model), ("model's title", note.model?.title),
      ("model's SHA-256", note.model?.sha256), ("seed", note.seed.map { "\($0)" }),
      ("musegen", note.musegen), ("kept", date), ("kept from", note.source),
    ]
    let table = TextTable(facts.compactMap { name, value in value.map { [name, $0.onOneLine] } })
    return table.lines
      + (note.command.map { ["made again by:", "  \($0.onOneLine)"] } ?? [])
  }

  private enum CodingKeys: String, CodingKey { case name, path }

  func encode(to encoder: any Encoder) throws {
    try note.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(path, forKey: .path)
  }
}
