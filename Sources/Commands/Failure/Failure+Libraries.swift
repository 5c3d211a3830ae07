import Archives
import Downloads
import MuseGen
import Settings

extension Failure {
  /// What keeps arguments from naming files, with the exit code of its kind.
  init(_ error: CorpusError) {
    let code: Code =
      switch error.reason {
      case .missing, .noPlainFile: .noInput
      case .unreadable(let file): Failure(file).code
      case .noConverter: .unavailable
      default: .data
      }
    var nearest = ""
    if case .unreadable(let file) = error.reason, file.operation == .read, file.isMissing {
      nearest = nearestMusic(toMissing: file.path).asNearest
    }
    self.init(code, "\(error)\(nearest)")
  }

  /// What keeps a collection from being there, with the exit code of its kind.
  init(_ error: CollectionError) {
    let code: Code =
      switch error.reason {
      case .notAnArchive, .noHome: .unavailable
      case .invalidName: .usage
      case .exists: .cannotCreate
      case .missing: .noInput
      case .changed, .malformedPins, .noMusic: .data
      case .cancelled: .interrupted
      case .file(let file): Failure(file).code
      case .archive(let archive):
        switch archive.reason {
        case .file(let file): Failure(file).code
        case .cancelled: .interrupted
        case .malformed, .leadsOutside, .bomb: .data
        }
      case .download(let download):
        switch download.reason {
        case .invalidAddress: .usage
        case .checksum, .tooLarge: .data
        case .cancelled: .interrupted
        case .file(let file): Failure(file).code
        case .status, .connection, .busy: .unavailable
        }
      }
    var message = error.description
    if case .notAnArchive = error.reason {
      message += " and give their addresses to musegen corpus add"
    }
    if case .invalidName = error.reason { message += "; give one with --name" }
    self.init(code, message)
  }

  /// What keeps a network from being made: its settings.
  init(_ error: NetworkError) {
    self = error.setting.map { Failure($0) } ?? Failure(.usage, "\(error)")
  }

  /// What keeps a piece from being generated: a setting, or a model that cannot do it.
  init(_ error: GenerationError) {
    switch error.reason {
    case .given: self.init(.data, "\(error); musegen accompany FILE writes to one")
    // What is asked for is not to be had of this model, whatever the model's file holds.
    case .form, .steering, .condition: self.init(.usage, "\(error)")
    default: self = error.setting.map { Failure($0) } ?? Failure(.data, "\(error)")
    }
  }

  /// What keeps a piece from being filled in: a setting, the model, or the piece.
  ///
  /// - Parameters:
  ///   - error: what was found.
  ///   - piece: the piece's path.
  init(_ error: FillingError, of piece: String) {
    if let setting = error.setting {
      self.init(setting)
      return
    }
    switch error.reason {
    case .vocabulary, .mergedTokens: self.init(.data, "\(error)")
    default: self.init(.data, "\(piece): \(error)")
    }
  }
}

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
