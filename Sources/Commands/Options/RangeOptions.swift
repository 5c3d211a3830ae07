import ArgumentParser
import MuseGen
import Settings

/// The pitches that what is written keeps to.
struct RangeOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: """
      The pitches to keep to: C2-C6, 36-84 (default: those of the music that the model learned from, where it \
      tells them).
      """)
  var range: String?

  /// The pitches asked for; nil where none are.
  ///
  /// - Throws: `SettingError` for a text that is no range.
  func pitches() throws(SettingError) -> ClosedRange<UInt8>? {
    guard let range else { return nil }
    // The last hyphen but one may belong to an octave: C-1-C6.
    for mark in range.indices where range[mark] == "-" {
      if let low = pitch(range[..<mark]), let high = pitch(range[range.index(after: mark)...]),
        low <= high
      {
        return low...high
      }
    }
    throw SettingError(
      "range", found: "\"\(range)\"", expected: "a lower and a higher pitch such as C2-C6")
  }

  /// Adds the pitches to what is asked for.
  ///
  /// - Throws: ``GenerationError`` for a text that is no range.
  func apply(to steering: inout Steering) throws(GenerationError) {
    do throws(SettingError) {
      steering.pitches = try pitches() ?? steering.pitches
    } catch {
      throw GenerationError(.setting(error))
    }
  }

  /// The pitch of a name or a number.
  private func pitch(_ text: Substring) -> UInt8? {
    if let number = UInt8(text) { return number < 128 ? number : nil }
    return Pitch(name: text).map { UInt8($0.number) }
  }
}
