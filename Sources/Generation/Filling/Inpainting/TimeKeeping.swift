import Tokenization

/// What a vocabulary's ticks stand for.
enum TimeKeeping: Equatable {
  case seconds
  case beats
}

extension VocabularyConfiguration {
  var timeKeeping: TimeKeeping {
    switch self {
    case .performance: .seconds
    case .pianoroll, .tsd, .remi: .beats
    case .merged(let base, _), .conditioned(let base, _), .accompanied(let base, _, _):
      base.timeKeeping
    }
  }
}
