import Testing
import Tokenization

/// A vocabulary under test, which prints as its settings.
struct VocabularyCase: Sendable, CustomTestStringConvertible {
  let configuration: VocabularyConfiguration
  let vocabulary: any Vocabulary

  init(_ configuration: VocabularyConfiguration) {
    self.configuration = configuration
    do {
      vocabulary = try configuration.makeVocabulary()
    } catch {
      fatalError("\(error)")
    }
  }

  var testDescription: String { "\(configuration)" }
}

private func performance(
  _ set: (inout PerformanceVocabulary.Configuration) -> Void = { _ in }
) -> VocabularyCase {
  var settings = PerformanceVocabulary.Configuration()
  set(&settings)
  return VocabularyCase(.performance(settings))
}

/// Every vocabulary with its default settings and with each setting at another value.
let allVocabularies: [VocabularyCase] = [
  performance(),
  performance {
    $0.programs = true
    $0.velocityBins = 0
  },
  performance {
    $0.programs = true
    $0.stepMilliseconds = 25
    $0.maximumShift = 7
    $0.velocityBins = 5
    $0.lowestPitch = 21
    $0.highestPitch = 108
    $0.polyphony = 3
  },
  performance { $0.program = 128 },
]
