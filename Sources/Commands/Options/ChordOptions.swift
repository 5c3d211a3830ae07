import ArgumentParser
import MuseGen
import Settings

/// The chords that the music follows.
struct ChordOptions: ParsableArguments {
  @Option(
    help: """
      The chords to follow, a bar each, again and again: "Dm G7 C", "Dm:2 G7:2 C" in beats, or with bar \
      lines "Dm | G7 C/E | N.C.".
      """)
  var chords: String?

  @Option(
    parsing: .unconditional,
    help: "How strongly notes are led to the chords, 0 to 10 (default: 3, as --key-strength).")
  var chordStrength: Float?

  /// Adds the chords to what is asked for.
  ///
  /// - Throws: ``GenerationError`` for chords that cannot be read, and for a strength without any.
  func apply(to steering: inout Steering) throws(GenerationError) {
    guard let chords else {
      guard chordStrength == nil else {
        throw GenerationError(
          .setting(SettingError("chordStrength", found: "given", expected: "--chords with it")))
      }
      return
    }
    do throws(ChordProgressionError) {
      steering.chords = try ChordProgression(chords)
    } catch {
      // What is wrong and what is expected are to be read behind however long a text.
      let text = "\"\(chords.clipped(to: 80))\""
      if error.isTooLong {
        throw GenerationError(
          .setting(
            SettingError(
              "chords", found: text, expected: "\(ChordProgression.mostSteps) chords at most")))
      }
      let word =
        error.word.map { " with \"\($0.clipped(to: 80))\", which is no chord" }
        ?? ", in which no chord is"
      throw GenerationError(
        .setting(
          SettingError("chords", found: text + word, expected: ChordProgressionError.forms)))
    }
    steering.chordStrength = chordStrength ?? steering.chordStrength
  }
}
