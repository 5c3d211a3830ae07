import FileStorage
import Foundation
import MuseGen

extension Failure {
  /// What keeps a file from being read or written, with the exit code of its kind.
  init(_ error: FileError) {
    let code: Code =
      switch error.operation {
      case .read, .list: error.isCancelled ? .interrupted : .noInput
      case .write, .createFolder: error.isDiskTrouble ? .inputOutput : .cannotCreate
      }
    if error.operation == .write, error.errno == EEXIST {
      self.init(code, "\(error.path): exists; give --overwrite or another name")
    } else {
      self.init(code, error.description)
    }
  }

  /// What keeps a model from being trained, with the exit code of its kind.
  init(_ error: TrainingError) {
    let code: Code =
      switch error.reason {
      case .setting, .network, .vocabulary: .usage
      case .emptyCorpus, .diverged, .hasDiverged, .unreadableCheckpoint, .foreignCheckpoint: .data
      case .malformedRun: .data
      case .noCheckpoint, .noRun: .noInput
      case .locked: .unavailable
      case .runExists, .foreignFile: .cannotCreate
      case .file(let file): Failure(file).code
      }
    self = error.setting.map { Failure($0) } ?? Failure(code, error.line)
  }

  /// Runs a part of training, turning its error into one line and an exit code.
  static func training<Result: ~Copyable>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as TrainingError {
      throw Failure(error)
    }
  }
}

extension TrainingError {
  /// The error as one line that says what to do.
  fileprivate var line: String {
    switch reason {
    case .diverged: "\(self); try a lower --learning-rate or a smaller --clip"
    case .hasDiverged: "\(self); start anew with a lower --learning-rate or a smaller --clip"
    case .runExists(let path):
      "\(self); go on with it by --resume \(path.shellQuoted), or choose another name"
    case .foreignFile: "\(self); choose another folder with --run"
    default: description
    }
  }
}
