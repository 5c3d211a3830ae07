import ArgumentParser

/// Settings that go together, each a configuration file of a few lines: what it leaves out is as
/// without a preset.
enum Preset: String, CaseIterable, ExpressibleByArgument {
  case small
  case medium
  case large
  case piano
  case chorales
  case folk
  case nottinghamFrames = "nottingham-frames"
  case pianoFrames = "piano-frames"

  /// The settings, by their flags' long names.
  var settings: String {
    switch self {
    // For a first try: minutes.
    case .small:
      """
      layers = 1
      hidden = 128
      embedding = 64
      dropout = 0.1
      epochs = 15
      """
    // An hour or so on a corpus of some hundred pieces.
    case .medium:
      """
      layers = 2
      hidden = 256
      embedding = 128
      dropout = 0.2
      average = 0.999
      epochs = 40
      """
    // A night.
    case .large:
      """
      layers = 3
      hidden = 512
      embedding = 256
      dropout = 0.3
      learning-rate = 0.002
      average = 0.999
      epochs = 80
      """
    // Performances on one piano, with the pedal, as Oore et al. (2018) told them.
    case .piano:
      """
      tokens = "performance"
      programs = false
      pitches = "21-108"
      layers = 3
      hidden = 512
      embedding = 256
      dropout = 0.3
      window = 256
      learning-rate = 0.002
      stretch = 0.05
      velocity = 4
      average = 0.999
      epochs = 60
      """
    // Bach's chorales in frames of a quarter, as Boulanger-Lewandowski et al. (2012) cut them.
    case .chorales:
      """
      tokens = "pianoroll"
      frame = "1/4"
      layers = 2
      hidden = 256
      embedding = 128
      dropout = 0.4
      average = 0.999
      epochs = 150
      """
    // Tunes with bars and chords, one instrument or more.
    case .folk:
      """
      tokens = "remi"
      velocity-bins = 8
      layers = 2
      hidden = 256
      embedding = 128
      dropout = 0.25
      average = 0.999
      epochs = 40
      """
    // The Nottingham tunes in frames of an eighth, as Boulanger-Lewandowski et al. (2012) cut them.
    case .nottinghamFrames:
      """
      tokens = "pianoroll"
      frame = "1/8"
      layers = 2
      hidden = 256
      embedding = 128
      dropout = 0.3
      average = 0.999
      epochs = 60
      """
    // Piano-midi.de in frames of an eighth, as Boulanger-Lewandowski et al. (2012) cut them.
    case .pianoFrames:
      """
      tokens = "pianoroll"
      frame = "1/8"
      layers = 2
      hidden = 384
      embedding = 192
      dropout = 0.5
      average = 0.999
      epochs = 60
      """
    }
  }
}
