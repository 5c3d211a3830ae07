import FileStorage
import MuseGen

/// What the studio is made of.
struct Rooms: Sendable {
  let shelf: PieceShelf
  let models: ModelRack
  let desk: WritingDesk
  let soundFiles: SoundFiles
  let music: MusicFolders
  let trainings: Trainings
  let insides = InsideViews()
  let conversations = OpenConversations()
  /// The SoundFont by name or path; nil for the one that is found first.
  let soundFont: String?
  /// How a piece is made again; nil where nothing makes it.
  let commandLine: @Sendable (PieceRecord, _ sourcePath: String?) -> String?

  /// Opens them.
  ///
  /// - Throws: `FileError` where the folder cannot be made or listed.
  init(_ settings: StudioSettings) throws(FileError) {
    shelf = try PieceShelf(folder: settings.folder)
    models = ModelRack(folders: settings.modelFolders)
    soundFiles = try SoundFiles(folder: settings.folder, soundFont: settings.soundFont)
    soundFont = settings.soundFont
    commandLine = settings.commandLine
    desk = WritingDesk(shelf: shelf, models: models)
    music = MusicFolders(folder: settings.folder)
    trainings = Trainings(
      folder: settings.folder, music: music, models: models, invocation: settings.training)
  }

  /// Ends what is going on, once no client is connected any more.
  ///
  /// What is whole is kept, and what learns is asked to save; that may take some seconds, and no more are waited.
  func close() async {
    async let written: Void = desk.close()
    async let learned: Void = trainings.stopAll()
    await conversations.end()
    _ = await (written, learned)
  }
}
