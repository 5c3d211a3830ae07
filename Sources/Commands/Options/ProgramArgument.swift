import ArgumentParser
import MuseGen

/// A General MIDI program on the command line, by its number or its name: `40`, `violin`.
struct ProgramArgument: FormedArgument {
  static let form = "a program 0 to 127, or a General MIDI name such as violin or church-organ"

  /// The program, counted from 0 as in the bytes.
  let number: UInt8

  init?(argument: String) {
    // A name is looked for by its words, of which 1 and 2 are some: -1 would be Electric Piano 1.
    let isNamed = argument.contains(where: \.isLetter)
    let number = isNamed ? GeneralMIDI.program(named: argument) : UInt8(argument)
    guard let number, number < 128 else { return nil }
    self.number = number
  }
}
