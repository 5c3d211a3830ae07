import Drawing
import FileStorage
import MuseGen
import Safetensors

/// The model that a run's folder or a checkpoint holds, as the file that training would write of it.
enum RunModel {
  /// Whether a folder is a run's.
  static func isRun(_ path: String) -> Bool {
    fileKind(at: path) == .folder && fileKind(at: path + "/run.json") == .file
  }

  /// The run's folder that is meant by a name: the folder of that name, else the one in `runs`.
  ///
  /// - Parameter name: a path, or the last part of one that training chose, such as `midi-1`.
  /// - Returns: a run's folder; the name itself where there is none.
  static func folder(named name: String) -> String {
    guard !name.isEmpty, !name.contains("/"), fileKind(at: name) == nil, isRun("runs/\(name)")
    else { return name }
    return "runs/\(name)"
  }

  /// Takes the model out of the latest checkpoint of a run, and tells which weights they are.
  ///
  /// Of a classifier's run whose checkpoints an older version wrote it is the file that the run has written.
  ///
  /// - Parameter path: the run's folder.
  /// - Returns: the model's file.
  /// - Throws: ``Failure`` where there is neither.
  static func file(ofRunIn path: String) throws -> SafetensorsFile {
    let (checkpoint, damage) = try Failure.training {
      try RunFolder.latestCheckpoint(in: path)
    }
    if let damage { Terminal.warn("\(damage); taking the one before") }
    let start = RunFolder.start(in: path)
    if checkpoint.isClassifier {
      guard var classifier = try? checkpoint.classifier() else {
        return try writtenFile(ofRunIn: path)
      }
      tellChoice(of: checkpoint, at: path)
      if let label = start?.label { classifier.provenance.label = label }
      return classifier.safetensors(precision: start?.precision ?? .f32)
    }
    var model = try Self.model(of: checkpoint, at: path)
    if let label = start?.label { model.provenance.apply(label) }
    return model.safetensors(precision: start?.precision ?? .f32)
  }

  /// The file that a run has written.
  private static func writtenFile(ofRunIn path: String) throws -> SafetensorsFile {
    guard let output = RunFolder.writtenOutput(in: path) else {
      throw Failure(
        .noInput,
        "\(path): a classifier is trained here and not written yet; musegen train --resume \(path.shellQuoted) "
          + "writes it")
    }
    do {
      return try SafetensorsFile(bytes: try readFile(at: output))
    } catch let error as FileError {
      throw Failure(error)
    } catch {
      throw Failure(.data, "\(output): \(error)")
    }
  }

  /// The file as it is, or where it is a checkpoint that of the model or classifier that it makes.
  ///
  /// - Throws: ``Failure`` where a checkpoint makes none.
  static func modelFile(_ file: SafetensorsFile, at path: String) throws -> SafetensorsFile {
    guard file.purpose == .checkpoint else { return file }
    let checkpoint: Checkpoint
    do throws(ModelFileError) {
      try file.checkSeal(as: .checkpoint)
      checkpoint = try Checkpoint(file)
    } catch {
      throw Failure(.data, "\(path): \(error)")
    }
    guard checkpoint.isClassifier else {
      return try model(of: checkpoint, at: path).safetensors()
    }
    do throws(ModelFileError) {
      let classifier = try checkpoint.classifier()
      tellChoice(of: checkpoint, at: path)
      return classifier.safetensors()
    } catch {
      throw Failure(.data, "\(path): \(error)")
    }
  }

  private static func model(of checkpoint: Checkpoint, at path: String) throws -> Model {
    let model: Model
    do throws(ModelFileError) {
      model = try checkpoint.model()
    } catch {
      throw Failure(.data, "\(path): \(error)")
    }
    tellChoice(of: checkpoint, at: path)
    return model
  }

  /// Tells which weights are taken.
  private static func tellChoice(of checkpoint: Checkpoint, at path: String) {
    let steps = checkpoint.counters.step.grouped
    let chosen =
      switch checkpoint.choice {
      case .best(let step): "the best weights so far, of step \(step.grouped) of \(steps)"
      case .bestAverage(let step):
        "the best weights so far, the average at step \(step.grouped) of \(steps)"
      case .last: "the weights of step \(steps), as none are measured yet"
      }
    Terminal.warn("\(path): taking \(chosen)")
  }
}
