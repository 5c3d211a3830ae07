import ArgumentParser
import MuseGen
import Settings

/// What the music shall keep to.
struct SteeringOptions: ParsableArguments {
  @Option(
    help: """
      The key or mode to lean to: D-minor, F#-major, A-dorian, C-pentatonic. Keys are led to their tonic; of other \
      modes the scale is kept, and the end waits for the tonic.
      """)
  var key: String?

  @Option(
    parsing: .unconditional,
    help: """
      How strongly notes are led to the key's tonic, not only to its scale: 0 not at all, 1 halfway between the \
      model and what keys are like (default: 3, three quarters of the way; without --key the model's, else 0).
      """)
  var keyStrength: Float?

  @Option(
    parsing: .unconditional,
    help: """
      How strongly phrases of four bars are led to end on the dominant and the tonic by turns, in the key that is \
      asked for or told: 0 not at all, 10 nearly always (default: the model's, else 0).
      """)
  var cadences: Float?

  @Flag(help: "Leave out pitches outside the key instead of making them rarer.")
  var strictKey = false

  @Flag(help: "Stay in one key instead of going through others as a piece learned from does.")
  var oneKey = false

  @OptionGroup var chords: ChordOptions

  @OptionGroup var range: RangeOptions

  @Option(
    parsing: .unconditional,
    help: """
      How many notes may sound at once; 0 for as many as the model likes (default: the model's, else 0).
      """)
  var polyphony: Int?

  @Option(parsing: .unconditional, help: "How many notes a second to aim at.")
  var density: Double?

  @Option(
    parsing: .unconditional,
    help: """
      Quarter notes a minute: without rubato where the model's vocabulary tells tempos; where it tells none, all \
      is played so fast.
      """)
  var tempo: Double?

  @Option(
    parsing: .unconditional,
    help: """
      The programs or families that may play, where the model's vocabulary tells them: 0,40,strings,drums.
      """)
  var instruments: String?

  @Option(
    parsing: .unconditional,
    help: """
      The metre, where the model's vocabulary tells it: 6/8, say, steady for the one it begins with, \
      free to let it change.
      """)
  var metre = "steady"

  /// The steering; the key, range and instruments are read here.
  func steering() throws(GenerationError) -> Steering {
    var steering = Steering()
    if let key {
      guard let scale = Scale(key) else {
        throw GenerationError(
          .setting(
            SettingError(
              "key", found: "\"\(key)\"",
              expected: "a tonic and a mode such as D-minor, F#-major or A-dorian")))
      }
      steering.keep(to: scale)
    }
    if strictKey, key == nil {
      throw GenerationError(
        .setting(SettingError("strictKey", found: "given", expected: "a --key with it")))
    }
    steering.isScaleStrict = strictKey
    if oneKey, strictKey || chords.chords != nil {
      throw GenerationError(
        .setting(
          SettingError(
            "oneKey", found: "given",
            expected: "no --chords and no --strict-key with it, which keep to one in any case")))
    }
    steering.modulates = !oneKey
    if let keyStrength {
      guard chords.chords == nil else {
        throw GenerationError(
          .setting(
            SettingError(
              "keyStrength", found: "given",
              expected: "no --chords with it, which lead in its place")))
      }
      guard key == nil || steering.key != nil else {
        throw GenerationError(
          .setting(
            SettingError("keyStrength", found: "given", expected: "a major or minor --key with it"))
        )
      }
      steering.keyStrength = keyStrength
    }
    if let cadences {
      guard chords.chords == nil || cadences == 0 else {
        throw GenerationError(
          .setting(
            SettingError(
              "cadences", found: "given", expected: "no --chords with it, which lead in its place"))
        )
      }
      guard key == nil || steering.key != nil || cadences == 0 else {
        throw GenerationError(
          .setting(
            SettingError("cadences", found: "given", expected: "a major or minor --key with it")))
      }
      steering.cadences = cadences
    }
    try chords.apply(to: &steering)
    try range.apply(to: &steering)
    steering.polyphony = polyphony == 0 ? nil : polyphony
    steering.density = density
    steering.tempo = tempo
    steering.metre = try Metre(metre)
    if let instruments { steering.programs = try programs(instruments) }
    return steering
  }

  private func programs(_ list: String) throws(GenerationError) -> Set<UInt8> {
    var programs: Set<UInt8> = []
    for word in list.split(separator: ",", omittingEmptySubsequences: false) {
      if let family = InstrumentFamily(rawValue: String(word)) {
        programs.formUnion(family.programs)
        continue
      }
      guard let program = UInt8(word), program <= 128 else {
        throw GenerationError(
          .setting(
            SettingError(
              "instruments", found: "\"\(list)\"",
              expected: "programs 0 to 127, families such as strings, drums, with commas between")))
      }
      programs.insert(program)
    }
    return programs
  }
}
