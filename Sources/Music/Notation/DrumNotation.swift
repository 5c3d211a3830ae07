import MusicXML

/// Where drums are written on the staff: as most drum kits are, in a percussion clef that reads like the
/// treble clef.
enum DrumNotation {
  /// The drums of General MIDI that have a place of their own, and where.
  private static let places: [(drum: UInt8, step: WrittenPitch.Step, octave: Int)] = [
    (36, .f, 4), (35, .e, 4), (38, .c, 5), (40, .c, 5), (37, .c, 5), (39, .c, 5), (42, .g, 5),
    (44, .d, 4), (46, .g, 5), (41, .g, 4), (43, .a, 4), (45, .b, 4), (47, .d, 5), (48, .e, 5),
    (50, .f, 5), (49, .a, 5), (57, .b, 5), (51, .f, 5), (59, .f, 5), (53, .f, 5), (55, .c, 6),
    (52, .c, 6), (54, .b, 3), (56, .e, 5),
  ]

  /// The drum whose place is nearest to being this one: the first of those that stand there, else the snare.
  static func drum(at place: WrittenPitch) -> UInt8 {
    places.first { $0.step == place.step && $0.octave == place.octave }?.drum ?? 38
  }

  /// Where a drum stands.
  static func place(of drum: UInt8) -> WrittenPitch {
    let place = places.first { $0.drum == drum }
    return WrittenPitch(step: place?.step ?? .b, octave: place?.octave ?? 4)
  }

  /// The name of a drum in General MIDI's kit.
  static func name(of drum: UInt8) -> String {
    35...81 ~= drum ? names[Int(drum) - 35] : "Drum \(drum)"
  }

  private static let names = [
    "Acoustic Bass Drum", "Bass Drum 1", "Side Stick", "Acoustic Snare", "Hand Clap",
    "Electric Snare", "Low Floor Tom", "Closed Hi-Hat", "High Floor Tom", "Pedal Hi-Hat",
    "Low Tom", "Open Hi-Hat", "Low-Mid Tom", "Hi-Mid Tom", "Crash Cymbal 1", "High Tom",
    "Ride Cymbal 1", "Chinese Cymbal", "Ride Bell", "Tambourine", "Splash Cymbal", "Cowbell",
    "Crash Cymbal 2", "Vibraslap", "Ride Cymbal 2", "Hi Bongo", "Low Bongo", "Mute Hi Conga",
    "Open Hi Conga", "Low Conga", "High Timbale", "Low Timbale", "High Agogo", "Low Agogo",
    "Cabasa", "Maracas", "Short Whistle", "Long Whistle", "Short Guiro", "Long Guiro", "Claves",
    "Hi Wood Block", "Low Wood Block", "Mute Cuica", "Open Cuica", "Mute Triangle",
    "Open Triangle",
  ]
}
