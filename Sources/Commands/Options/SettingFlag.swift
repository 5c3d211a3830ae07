import Generation
import Settings

extension SettingError {
  /// The error as one line that names the setting by its flag.
  var flagLine: String { line(naming: "--\(flag)") }

  /// The flag that sets the setting: its key in kebab case but for a few.
  private var flag: String {
    switch key {
    case "finalTemperature": "temperature"
    case "typicalP": "typical"
    default:
      key.reduce(into: "") { flag, letter in
        flag += letter.isUppercase ? "-\(letter.lowercased())" : String(letter)
      }
    }
  }
}

extension GenerationError {
  /// The error as one line, a setting named by its flag.
  var flagLine: String {
    if case .setting(let error) = reason { error.flagLine } else { description }
  }
}

extension FillingError {
  /// The error as one line, a setting named by its flag.
  var flagLine: String {
    if case .setting(let error) = reason { error.flagLine } else { description }
  }
}
