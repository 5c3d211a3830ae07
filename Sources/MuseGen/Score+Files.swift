import FileStorage
public import Music
import MusicXML
import StandardMIDIFile

#if Sound
  import Playback
#endif

extension Score {
  /// Reads a MIDI file, what is wrong with it mended as far as it can be, or a MusicXML file.
  ///
  /// - Parameter path: the file.
  /// - Throws: `FileError` where it cannot be read or is larger than 64 MB, `MIDIFileError` where it is
  ///   none, `MusicXMLError` where it is XML or an archive and no MusicXML.
  public init(path: String) throws {
    let bytes = try readFile(at: path, limit: 64 << 20, allowingStreams: true)
    if PartwiseScore.mayBegin(with: bytes) {
      try self.init(PartwiseScore(bytes: bytes))
    } else {
      self.init(try MIDIFile(bytes: bytes))
    }
  }

  /// Writes a file whose name's ending chooses its kind, whole or not at all.
  ///
  /// Where sound is built in, endings of audio formats do too; the piece is then played with the
  /// SoundFont that is found first.
  ///
  /// - Parameter path: the file, such as `piece.mid` or `piece.flac`.
  /// - Throws: ``MuseGenError`` for another ending, `FileError` where the file cannot be written, `MusicXMLError`
  ///   for a piece of too many bars for a score; for sound also `PlaybackError`, and `CancellationError` where the task is cancelled.
  public func write(to path: String) throws {
    let ending = fileExtension(of: path).lowercased()
    if Self.midiEndings.contains(ending) { return try writeFile(midiFile().bytes(), at: path) }
    if ending == "musicxml" { return try writeFile(written().bytes(), at: path) }
    if ending == "mxl" { return try writeFile(written().compressedBytes(), at: path) }
    #if Sound
      if AudioFormat(rawValue: ending) != nil {
        try Performance(self).render(to: path, soundFont: .discover())
        return
      }
      let endings =
        Self.midiEndings + PartwiseScore.fileExtensions + AudioFormat.allCases.map(\.rawValue)
    #else
      let endings = Self.midiEndings + PartwiseScore.fileExtensions
    #endif
    throw MuseGenError(.unknownFormat(path: path, expected: endings))
  }

  private static let midiEndings = ["mid", "midi"]
}
