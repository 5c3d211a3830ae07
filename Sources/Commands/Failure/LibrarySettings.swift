import MuseGen
import Settings

// What the libraries say of a setting out of its range, so that it can be told by its flag.

extension TrainingError {
  var setting: SettingError? {
    switch reason {
    case .setting(let error): error
    case .network(let error): error.setting
    case .vocabulary(let error): error.setting
    default: nil
    }
  }
}

extension NetworkError {
  var setting: SettingError? { if case .setting(let error) = reason { error } else { nil } }
}

extension VocabularyError {
  var setting: SettingError? {
    guard case .settingOutOfRange(let name, let found, let expected) = reason else { return nil }
    return SettingError(
      named: name, found: "\(found)", expected: "\(expected.lowerBound) to \(expected.upperBound)")
  }
}

extension GenerationError {
  var setting: SettingError? {
    guard case .setting(let name, let value, let expected) = reason else { return nil }
    return SettingError(named: name, found: value, expected: expected)
  }
}

extension FillingError {
  var setting: SettingError? {
    guard case .setting(let name, let value, let expected) = reason else { return nil }
    return SettingError(named: name, found: value, expected: expected)
  }
}

extension PlaybackError {
  var setting: SettingError? {
    guard case .settingInvalid(let name, let found, let expected) = reason else { return nil }
    return SettingError(named: name, found: found, expected: expected)
  }
}

extension SettingError {
  /// A setting by a name in words or in kebab case.
  fileprivate init(named name: String, found: String, expected: String) {
    let words = name.split { $0 == " " || $0 == "-" }
    let key = words.dropFirst().reduce(words.first.map(String.init) ?? "") {
      $0 + $1.prefix(1).uppercased() + $1.dropFirst()
    }
    self.init(key, found: found, expected: expected)
  }
}
