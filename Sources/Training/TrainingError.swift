public import Corpora
public import FileStorage
public import Modeling
public import Ranks
public import Recurrent
public import Settings
public import Tokenization

/// Why a model cannot be trained, or not further.
public struct TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// A setting outside its range.
    case setting(SettingError)
    /// The pieces to train on hold no music.
    case emptyCorpus
    /// The network's settings make no network.
    case network(NetworkError)
    /// The vocabulary's settings make no vocabulary.
    case vocabulary(VocabularyError)
    /// The loss or the gradient of a tensor is no longer a number.
    case diverged(step: Int, tensor: String?)
    /// The loss of the run that is to be resumed broke at a step, and would again.
    case hasDiverged(path: String, step: Int)
    /// A checkpoint cannot be read.
    case unreadableCheckpoint(path: String, ModelFileError)
    /// A checkpoint belongs to other settings or another corpus.
    case foreignCheckpoint(difference: String)
    /// A run folder's record of its start cannot be understood.
    case malformedRun(path: String)
    /// A folder holds no run.
    case noRun(path: String)
    /// A run folder holds no checkpoint.
    case noCheckpoint(path: String)
    /// A run of that name stands there already.
    case runExists(path: String)
    /// A file that is no run's has a name in the folder that a run gives to one of its own.
    case foreignFile(path: String)
    /// A run of that name is being trained by another process.
    case locked(path: String)
    /// Ranks cannot train together, or no longer.
    case ranks(RankError)
    /// A piece of a large collection was damaged where it is kept and cannot be read anew.
    case lostPiece(CorpusError)
    /// A file cannot be read or written.
    case file(FileError)
  }

  /// What was found.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line: found and expected.
  public var description: String {
    switch reason {
    case .setting(let error): error.description
    case .emptyCorpus: "no notes to learn from in the pieces to train on"
    case .network(let error): error.description
    case .vocabulary(let error): error.description
    case .diverged(let step, let tensor):
      "step \(step): \(tensor.map { "the gradient of \($0)" } ?? "the loss") is no longer a number"
    case .hasDiverged(let path, let step):
      "\(path): its loss broke at step \(step), and would break there again"
    case .unreadableCheckpoint(let path, let error): "\(path): \(error)"
    case .foreignCheckpoint(let difference): "the run cannot be resumed: \(difference)"
    case .malformedRun(let path): "\(path)/run.json: not the record of a run"
    case .noRun(let path): "\(path): found no run, expected a folder such as runs/midi-1"
    case .noCheckpoint(let path): "\(path): no checkpoint to resume from"
    case .runExists(let path): "\(path): holds another run"
    case .foreignFile(let path): "\(path): stands in the folder of the run, and is no run's"
    case .locked(let path): "\(path): another process is training this run"
    case .ranks(let error): error.description
    case .lostPiece(let error): error.description
    case .file(let error): error.description
    }
  }
}
