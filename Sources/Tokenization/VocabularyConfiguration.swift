/// The settings that make a vocabulary: what a model file stores so that it can be made again.
public enum VocabularyConfiguration: Hashable, Sendable, Codable {
  /// The performance events of Oore et al. 2018.
  case performance(PerformanceVocabulary.Configuration)

  /// Makes the vocabulary.
  public func makeVocabulary() -> any Vocabulary {
    switch self {
    case .performance(let configuration): PerformanceVocabulary(configuration)
    }
  }
}
