public import Corpora
public import Tokenization

extension Corpus {
  /// Finds the music in files and folders, reads it on all cores and encodes it.
  ///
  ///     let corpus = try await Corpus(contentsOf: "midi")
  ///
  /// Files that cannot be read are listed in `skipped`.
  ///
  /// - Parameters:
  ///   - names: files, folders and patterns such as `midi/a*.mid`.
  ///   - vocabulary: how music becomes tokens.
  /// - Throws: `CorpusError` where nothing is found or nothing can be read, `VocabularyError` where a setting of the vocabulary
  ///   is out of range, `CancellationError` where the task is cancelled.
  public init(
    contentsOf names: String..., vocabulary: VocabularyConfiguration = .performance()
  ) async throws {
    try self.init(
      pieces: try MIDIFileFinder().find(names).pieces,
      vocabulary: try vocabulary.makeVocabulary())
    if pieces.isEmpty, let error = skipped.first { throw error }
  }
}
