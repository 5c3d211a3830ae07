import ArgumentParser
import Foundation
import MuseGen

/// `musegen models`: lists the models that can be called by name.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Lists the models that -m knows by name.",
    discussion: """
      They are looked for in ~/.local/share/musegen/models, then in share/musegen/models beside the \
      installed command's bin, then beside the built command; $MUSEGEN_MODELS names another folder \
      instead. Without -m a command takes ./model.safetensors, else the first model of this list. \
      Losses are in nats per event on held-out pieces, beside those of counting events and of \
      knowing the event before.
      """)

  @Flag(help: "Print everything as JSON.")
  var json = false

  mutating func run() throws {
    let catalog = ModelCatalog.standard()
    var listing = ModelListing()
    for entry in catalog.entries {
      do {
        listing.models.append(try ListedModel(entry))
      } catch {
        listing.failed.append(
          ModelListing.Failed(path: entry.path, error: "\(entry.path): \(error)"))
      }
    }
    if json {
      return try Terminal.printJSON(listing)
    }
    for failure in listing.failed { Terminal.warn("\(failure.error)") }
    if catalog.entries.isEmpty {
      print("no models in \(catalog.folders.joined(separator: ", "))")
      print("train one with musegen train FOLDER")
    } else {
      listing.report.forEach { print($0) }
    }
  }
}
