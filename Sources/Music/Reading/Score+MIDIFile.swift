public import StandardMIDIFile

extension Score {
  /// Reads the score of a file.
  ///
  /// - Each channel of each file track becomes a ``Track``. A file track with no channel message
  ///   becomes an empty one where it has a name, texts or a channel prefix, but for the first of
  ///   format 1, whose name and texts are the piece's.
  /// - A note-off ends the oldest note of its channel and pitch that sounds in its file track
  ///   (first in, first out). A note that is never ended lasts to the end of its file track.
  /// - Tempo, time and key signatures are taken from all tracks. Malformed ones are left out.
  /// - Tracks of format 2, which are pieces of their own, follow one another.
  /// - System exclusive, sequencer-specific and unknown meta events stay in the ``MIDIFile``.
  ///
  /// - Complexity: O(*n*) in the number of events, but for chords, which are sorted.
  public init(_ file: MIDIFile) {
    self.init(division: file.division)
    var reader = ScoreReader()
    for (index, fileTrack) in file.tracks.enumerated() {
      let start = file.format == .sequential ? reader.endTick : 0
      if file.format == .sequential, index > 0 { reader.resetTempo(at: start) }
      let isConductor = index == 0 && file.format == .simultaneous
      reader.read(fileTrack, from: start, isConductor: isConductor)
      if index == 0, file.format == .singleTrack { reader.title = reader.lastName }
    }
    title = reader.title
    tracks = reader.tracks
    tempos = reader.tempos.sortedByTick { $0.tick }
    timeSignatures = reader.timeSignatures.sortedByTick { $0.tick }
    keySignatures = reader.keySignatures.sortedByTick { $0.tick }
    texts = reader.texts
    endTick = reader.endTick
  }
}
