package import Recurrent
package import Tokenization

extension HeardGroups {
  /// What a network hears of a vocabulary's given part: each bar's pitches; nil where none is given.
  package init?(of vocabulary: any Vocabulary) {
    guard let vocabulary = vocabulary.accompanied else { return nil }
    self.init(openers: vocabulary.givenBars, members: vocabulary.givenPitches)
  }

  /// Checks that what a file's network hears is its vocabulary's given part.
  ///
  /// - Throws: ``ModelFileError`` where it hears something else.
  package static func check(
    _ heard: HeardGroups?, of vocabulary: any Vocabulary
  ) throws(ModelFileError) {
    guard heard == HeardGroups(of: vocabulary) else {
      throw ModelFileError(
        .network(
          NetworkError(
            .contradiction(
              "a network and a vocabulary of different given parts, expected the same part"))))
    }
  }
}
