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
  case jsbFrames = "jsb-frames"
  case nottinghamFrames = "nottingham-frames"
  case pianoFrames = "piano-frames"
  case classifier

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
      layers = 2
      hidden = 512
      dropout = 0.15
      learning-rate = 0.002
      batch = 32
      window = 160
      stretch = 0.05
      velocity = 4
      average = 0.998
      epochs = 12
      """
    // Four parts in frames of an eighth, held notes told from repeated ones.
    case .chorales:
      """
      tokens = "pianoroll"
      frame = "1/8"
      holds = true
      layers = 2
      hidden = 320
      dropout = 0.45
      recurrent-dropout = 0.25
      weight-decay = 0.05
      batch = 16
      window = 192
      average = 0.998
      epochs = 60
      """
    // Tunes with bars and chords.
    case .folk:
      """
      tokens = "remi"
      programs = false
      velocity-bins = 0
      layers = 2
      hidden = 384
      dropout = 0.3
      recurrent-dropout = 0.1
      weight-decay = 0.03
      learning-rate = 0.002
      batch = 32
      window = 256
      average = 0.998
      epochs = 10
      """
    // Bach's chorales in frames of a quarter, as Boulanger-Lewandowski et al. (2012) cut them.
    case .jsbFrames:
      """
      tokens = "pianoroll"
      frame = "1/4"
      layers = 2
      hidden = 320
      dropout = 0.5
      recurrent-dropout = 0.3
      weight-decay = 0.05
      batch = 16
      window = 192
      average = 0.998
      epochs = 220
      """
    // The Nottingham tunes in frames of an eighth, as Boulanger-Lewandowski et al. (2012) cut them.
    case .nottinghamFrames:
      """
      tokens = "pianoroll"
      frame = "1/8"
      layers = 2
      hidden = 320
      recall = "2,6,18"
      dropout = 0.4
      recurrent-dropout = 0.2
      weight-decay = 0.03
      learning-rate = 0.002
      batch = 32
      window = 256
      average = 0.998
      own-keys = 0.18
      epochs = 22
      """
    // Piano-midi.de in frames of an eighth, as Boulanger-Lewandowski et al. (2012) cut them.
    case .pianoFrames:
      """
      tokens = "pianoroll"
      frame = "1/8"
      layers = 2
      hidden = 384
      dropout = 0.4
      recurrent-dropout = 0.15
      weight-decay = 0.05
      batch = 16
      window = 192
      average = 0.998
      own-keys = 0
      epochs = 20
      """
    // What pieces are: excerpts long enough to tell, and little to learn by heart.
    case .classifier:
      """
      classify = true
      layers = 1
      hidden = 128
      embedding = 64
      dropout = 0.3
      recall = "none"
      window = 512
      epochs = 40
      """
    }
  }
}
