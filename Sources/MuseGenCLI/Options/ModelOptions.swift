import ArgumentParser
import MuseGen

/// Which model a command uses.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.short, .long], help: "The model file.", completion: .file(extensions: ["safetensors"]))
  var model = "model.safetensors"

  /// Reads the model.
  func load() throws -> Model {
    do {
      return try Model(path: model)
    } catch {
      switch error.reason {
      case .unreadable(let file):
        let hint =
          file.isMissing ? "; train one with musegen train FOLDER, or name one with -m" : ""
        throw Failure(.noInput, "\(model): \(error)\(hint)")
      default:
        throw Failure(.data, "\(model): \(error)")
      }
    }
  }
}
