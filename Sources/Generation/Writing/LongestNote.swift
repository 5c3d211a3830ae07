import Modeling
import Tokenization

extension Model {
  /// How long a note may sound where nothing else is asked for, in seconds: as long as those that the
  /// model learned from, in vocabularies where a note can be forgotten while it sounds.
  var longestNoteSeconds: Double? {
    vocabulary.tellsDurations ? nil : provenance.longestNoteSeconds
  }
}
