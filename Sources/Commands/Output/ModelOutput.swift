import FileStorage
import Foundation
import MuseGen
import Safetensors

/// The model file that training writes at its end.
struct ModelOutput {
  /// What is done where a file stands there.
  private enum Standing {
    /// As the user said.
    case given(Replacement)
    /// It is kept under another name, so that the newest model has the name that others look for.
    case keptAside
  }

  /// The name where none is given.
  static let standardName = "model.safetensors"

  let path: String
  private var standing: Standing

  /// The output of a new run.
  ///
  /// - Parameters:
  ///   - given: the name that the user gave, nil for the standard one.
  ///   - overwrite: whether a file there may be replaced.
  /// - Throws: `Failure` for another ending, and where the file cannot be written.
  init(_ given: String?, overwrite: OverwriteOptions) throws {
    path = given ?? Self.standardName
    standing =
      given != nil || overwrite.overwrite ? .given(overwrite.replacement) : .keptAside
    try OutputFile.checkEnding(of: path, among: ["safetensors"])
    try check()
  }

  /// The output of a run that is resumed: a model of its own there is replaced.
  init(
    _ given: String?, overwrite: OverwriteOptions, resuming folder: borrowing RunFolder
  ) throws {
    let own = folder.start.output
    path = given.map { absolutePath($0) } ?? own
    if path != own {
      standing = .given(overwrite.replacement)
    } else if overwrite.overwrite || folder.hasWrittenOutput {
      standing = .given(.always)
    } else {
      standing = .keptAside
    }
    try OutputFile.checkEnding(of: path, among: ["safetensors"])
    try check()
  }

  /// Finds out before an hour of training whether the file can be written.
  private func check() throws {
    _ = try Failure.writing { try AtomicFile(path: path, replacement: replacement) }
  }

  private var replacement: Replacement {
    switch standing {
    case .given(let replacement): replacement
    case .keptAside: .always
    }
  }

  /// Writes a model's file.
  ///
  /// - Returns: the name under which the model is kept that stood there; nil where none is.
  func write(_ file: SafetensorsFile) throws -> String? {
    try Failure.writing {
      var aside: String?
      if case .keptAside = standing { aside = try keepFileAside(at: path) }
      try file.write(to: path, replacement: replacement)
      return aside
    }
  }
}
