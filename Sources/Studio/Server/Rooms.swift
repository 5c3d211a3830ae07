import MuseGen

/// What the studio is made of.
struct Rooms: Sendable {
  let shelf: PieceShelf
  let models: ModelRack
  let desk: WritingDesk
  let soundFiles: SoundFiles
  /// The SoundFont by name or path; nil for the one that is found first.
  let soundFont: String?
  /// How a piece is made again; nil where nothing makes it.
  let commandLine: @Sendable (PieceRecord, _ sourcePath: String?) -> String?

  init(
    shelf: PieceShelf, models: ModelRack, soundFiles: SoundFiles, soundFont: String?,
    commandLine: @escaping @Sendable (PieceRecord, String?) -> String?
  ) {
    self.shelf = shelf
    self.models = models
    self.soundFiles = soundFiles
    self.soundFont = soundFont
    self.commandLine = commandLine
    desk = WritingDesk(shelf: shelf, models: models)
  }
}
