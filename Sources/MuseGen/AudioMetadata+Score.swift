#if Sound
  import FileStorage
  public import Music
  public import Playback

  extension AudioMetadata {
    /// What a sound file tells of a piece.
    ///
    /// - Parameters:
    ///   - score: the piece.
    ///   - name: its title where it has none.
    ///   - soundFont: the instruments.
    public init(_ score: Score, named name: String, soundFont: SoundFont) {
      let credits = PieceCredit.all(in: score).map(\.text)
      let sound = "SoundFont \(pathWithoutExtension(fileName(of: soundFont.path)))"
      self.init(
        title: score.title.isEmpty ? name : score.title, artist: credits.isEmpty ? "" : "musegen",
        comment: credits.isEmpty ? sound : "\(credits.joined(separator: "; ")), \(sound)")
    }
  }
#endif
