import TestSupport
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

private func metrical(
  _ scheme: MetricalVocabulary.Scheme, _ set: (inout MetricalConfiguration) -> Void = { _ in }
) -> VocabularyCase {
  var settings = MetricalConfiguration()
  set(&settings)
  return VocabularyCase(scheme == .tsd ? .tsd(settings) : .remi(settings))
}

private func pianoRoll(
  _ set: (inout PianoRollVocabulary.Configuration) -> Void = { _ in }
) -> VocabularyCase {
  var settings = PianoRollVocabulary.Configuration()
  set(&settings)
  return VocabularyCase(.pianoroll(settings))
}

private func plain(_ settings: inout MetricalConfiguration) {
  settings.tempos = false
  settings.timeSignatures = false
  settings.programs = false
  settings.velocityBins = 0
}

private func unusual(_ settings: inout MetricalConfiguration) {
  settings.lowestPitch = 0
  settings.highestPitch = 127
  settings.lowestDrum = 35
  settings.highestDrum = 60
  settings.velocityBins = 4
  settings.resolutions = [
    .init(beats: 1, positions: 12), .init(beats: 2, positions: 6), .init(beats: 5, positions: 1),
  ]
  settings.tempoBins = 5
  settings.pedal = true
  settings.polyphony = 4
}

/// All controllers, as finely as is usual.
let allControllers = ControllerSettings(Controller.allCases)

private func coarseControllers() -> ControllerSettings {
  var settings = ControllerSettings([.pedal])
  settings.expression = 5
  settings.bend = 7
  settings.bendSemitones = 12
  return settings
}

private func merged(_ base: VocabularyConfiguration, count: Int) -> VocabularyCase {
  var generator = SeededGenerator(seed: 7)
  let vocabulary = VocabularyCase(base).vocabulary
  let pieces = (0..<20).map { _ in vocabulary.encode(randomScore(using: &generator))[...] }
  do {
    return VocabularyCase(
      try MergedVocabulary.learn(from: pieces, base: vocabulary, count: count).configuration)
  } catch {
    fatalError("\(error)")
  }
}

/// A vocabulary that tells all but style, its values those of random scores.
private func conditioned(_ base: VocabularyCase) -> VocabularyCase {
  var generator = SeededGenerator(seed: 8)
  let pieces = (0..<40).map { _ in PieceAttributes(randomScore(using: &generator)) }
  do {
    let conditions = try Conditions([.key, .metre, .tempo, .density, .instruments], of: pieces)
    return VocabularyCase(.conditioned(base: base.configuration, conditions: conditions))
  } catch {
    fatalError("\(error)")
  }
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
  metrical(.tsd), metrical(.remi),
  metrical(.tsd, plain), metrical(.remi, plain),
  metrical(.tsd, unusual), metrical(.remi, unusual),
  metrical(.tsd) { $0.tempos = false }, metrical(.remi) { $0.tempos = false },
  metrical(.tsd) {
    $0.programs = false
    $0.program = 128
    $0.timeSignatures = false
  },
  metrical(.remi) {
    $0.programs = false
    $0.program = 128
    $0.timeSignatures = false
  },
  pianoRoll(),
  pianoRoll {
    $0.holds = true
    $0.order = .descending
    $0.framesPerWhole = 12
    $0.polyphony = 3
  },
  pianoRoll {
    $0.order = .descending
    $0.framesPerWhole = 7
    $0.lowestPitch = 0
    $0.highestPitch = 127
    $0.program = 128
    $0.tempo = 77
    $0.polyphony = 2
  },
  merged(.performance(), count: 100),
  merged(.remi(), count: 200),
  performance { $0.controllers = allControllers },
  performance {
    $0.programs = true
    $0.stepMilliseconds = 50
    $0.maximumShift = 9
    $0.velocityBins = 3
    $0.polyphony = 4
    $0.controllers = coarseControllers()
  },
  metrical(.tsd) { $0.controllers = allControllers },
  metrical(.remi) { $0.controllers = allControllers },
  metrical(.tsd) {
    unusual(&$0)
    $0.pedal = false
    $0.controllers = coarseControllers()
  },
  metrical(.remi) {
    plain(&$0)
    $0.controllers = ControllerSettings([.bend])
  },
  merged(metrical(.remi) { $0.controllers = allControllers }.configuration, count: 100),
  conditioned(performance()),
  conditioned(metrical(.tsd, plain)),
  conditioned(pianoRoll()),
  conditioned(merged(.remi(), count: 50)),
]
