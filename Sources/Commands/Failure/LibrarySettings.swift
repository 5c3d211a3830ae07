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
  var setting: SettingError? { if case .setting(let error) = reason { error } else { nil } }
}

extension GenerationError {
  var setting: SettingError? { if case .setting(let error) = reason { error } else { nil } }
}

extension FillingError {
  var setting: SettingError? { if case .setting(let error) = reason { error } else { nil } }
}

extension PlaybackError {
  var setting: SettingError? { if case .setting(let error) = reason { error } else { nil } }
}
