import Modeling
import Tokenization

extension Model {
  /// How long a note may sound where nothing else is asked for, in seconds: as long as those that the
  /// model learned from, in vocabularies where a note can be forgotten while it sounds.
  var longestNoteSeconds: Double? {
    vocabulary.tellsDurations ? nil : provenance.longestNoteSeconds
  }
}

extension GenerationSettings {
  /// Counts the longest note that is asked for in seconds of the music as it is written, where that is heard faster
  /// or slower.
  ///
  /// - Parameters:
  ///   - heard: how long a quarter note lasts where it is heard, in seconds.
  ///   - written: how long it lasts in the vocabulary's own time, in seconds.
  mutating func countLongestNote(heardAt heard: Double, writtenAt written: Double) {
    guard heard > 0, heard.isFinite else { return }
    longestNoteSeconds = longestNoteSeconds.map { $0 * written / heard }
  }
}
