import ArgumentParser
import MuseGen

/// A General MIDI program on the command line, by its number or its name: `40`, `violin`.
struct ProgramArgument: FormedArgument {
  static let form = "a program 0 to 127, or a General MIDI name such as violin or church-organ"

  /// The program, counted from 0 as in the bytes.
  let number: UInt8

  init?(argument: String) {
    let number =
      argument.allSatisfy(\.isNumber) ? UInt8(argument) : GeneralMIDI.program(named: argument)
    guard let number, number < 128 else { return nil }
    self.number = number
  }
}
