#if Sound
  public import Generation
  public import Modeling
  public import Music
  public import Playback

  extension Model {
    /// Plays a piece while it is being written, and returns when it has been heard.
    ///
    /// Where the task is cancelled the music fades out.
    ///
    /// - Parameters:
    ///   - settings: what is asked for.
    ///   - soundFont: the instruments; nil for those that are found first.
    ///   - sound: device and sound.
    /// - Returns: the piece as far as it was written.
    /// - Throws: `GenerationError` where the settings cannot be met, `PlaybackError` where it cannot be
    ///   heard.
    @discardableResult
    public func play(
      _ settings: GenerationSettings, soundFont: SoundFont? = nil,
      sound: LiveSettings = LiveSettings()
    ) async throws -> Score {
      let piece = try PieceStream(model: self, settings: settings)
      let queue = try MessageQueue()
      let player = try LivePlayer(
        queue, soundFont: soundFont ?? SoundFont.discover(), settings: sound)
      player.start()
      for await passage in piece {
        guard await queue.push(passage.messages, settledUntil: passage.settledSeconds) else {
          break
        }
      }
      queue.finish()
      try await player.finished()
      return await piece.score
    }
  }
#endif
