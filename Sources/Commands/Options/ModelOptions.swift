import ArgumentParser
import FileStorage
import MuseGen

/// Which model a command uses.
struct ModelOptions: ParsableArguments {
  private static let standardFile = "model.safetensors"

  @Option(
    name: [.short, .long],
    help: """
      The model: a file, or a name that musegen models lists (default: \(standardFile), \
      else the first of that list).
      """, completion: .file(extensions: ["safetensors"]))
  var model: String?

  /// The flags' names.
  static let flags = ["model"]

  /// Reads the model.
  func load() throws -> Model { try loadWithPath().model }

  /// Reads the model, and tells which file it is.
  func loadWithPath() throws -> (model: Model, path: String) {
    let path = try path(in: .standard())
    do {
      return (try Model(path: path), path)
    } catch {
      switch error.reason {
      case .unreadable(let file):
        let hint =
          file.isMissing ? "; train one with musegen train FOLDER, or name one with -m" : ""
        throw Failure(.noInput, "\(path): \(error)\(hint)")
      default:
        throw Failure(.data, "\(path): \(error)")
      }
    }
  }

  /// The file that is meant; where nobody chose it, it is told on standard error.
  private func path(in catalog: ModelCatalog) throws -> String {
    guard let model else {
      guard fileKind(at: Self.standardFile) == nil, let preferred = catalog.preferred else {
        return Self.standardFile
      }
      Terminal.warn("no \(Self.standardFile) here: taking the model \(preferred.name); "
          + "musegen models lists others for -m")
      return preferred.path
    }
    if fileKind(at: model) == .file || model.contains("/") || model.hasSuffix(ModelCatalog.ending) {
      return model
    }
    if let entry = catalog[model] { return entry.path }
    guard !catalog.entries.isEmpty else { return model }
    let names = catalog.entries.map(\.name).joined(separator: ", ")
    throw Failure(
      .noInput, "\(model): found neither a file nor a model of this name, expected one of \(names)")
  }
}
