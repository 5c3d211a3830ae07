import FileStorage
import Foundation
import MuseGen
import Ranks

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
      case .ranks(let error): Failure(error).code
      case .lostPiece: .data
      case .file(let file): Failure(file).code
      }
    self = error.setting.map { Failure($0) } ?? Failure(code, error.line)
  }

  /// What keeps ranks from training together, with the exit code of its kind and what to do.
  init(_ error: RankError) {
    switch error.reason {
    case .notBuilt: self.init(.unavailable, "\(error); build it with make build MPI=1")
    case .strangers(_, let library, _):
      let protocolName = library.hasPrefix("MPICH") ? "pmi2" : "pmix"
      self.init(
        .unavailable,
        "\(error); use the launcher of the MPI that musegen is built with, or "
          + "srun --mpi=\(protocolName)")
    case .library, .silent, .cameApart: self.init(.unavailable, "\(error)")
    case .differs(let difference) where difference.name == "arithmetic":
      self.init(.usage, "\(error); give --precision f32")
    case .differs(let difference) where difference.name.hasPrefix("a processor"):
      self.init(
        .usage,
        "\(error), as sums round differently; set MUSEGEN_ISA=portable on all, or leave it out")
    case .differs: self.init(.data, "\(error)")
    case .failed(_, _, _, let code): self.init(Code(rawValue: code) ?? .software, "\(error)")
    case .ended(let code): self.init(Code(rawValue: code) ?? .software, "\(error)")
    case .tooFew(let what, _, _):
      self.init(
        .usage,
        "\(error); start fewer"
          + (what.hasPrefix("shards") ? ", or give a larger --batch or --shards" : ""))
    }
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
    case .ranks(let error): Failure(error).message
    default: description
    }
  }
}
