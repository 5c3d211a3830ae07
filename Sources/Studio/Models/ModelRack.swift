import FileStorage
import FlyingFox
import MuseGen

/// The models that can be called by name, each read once, when it is first asked for.
///
/// A model that is installed or trained while the studio is open is found, and one whose file has changed is read
/// anew.
actor ModelRack {
  private let folders: [String]?
  private var read: [String: Reading] = [:]

  /// What came of reading a file, as it was at a time.
  private struct Reading {
    var path: String
    var time: Double?
    var result: Result<ReadModel, any Error>
  }

  private struct ReadModel {
    var model: Model
    var abilities: ModelAbilities
  }

  init(folders: [String]?) { self.folders = folders }

  /// The model of a name, and what it can be asked for.
  ///
  /// - Throws: ``Refusal`` where there is none, or its file is damaged.
  func model(named name: String) throws(Refusal) -> (model: Model, abilities: ModelAbilities) {
    let catalog = catalog
    guard let entry = catalog[name] else {
      let names = catalog.entries.map(\.name).joined(separator: ", ")
      throw Refusal(
        .unprocessableContent,
        "there is no model \(name), expected \(names.isEmpty ? "one that is installed" : "one of \(names)")"
      )
    }
    do {
      let read = try reading(entry).get()
      return (read.model, read.abilities)
    } catch {
      throw Refusal(.unprocessableContent, "the model \(name) cannot be read: \(error)")
    }
  }

  /// All that can be read, the one to take where nobody chooses first.
  var all: [ModelMessage] {
    catalog.entries.compactMap { entry in
      guard let read = try? reading(entry).get() else { return nil }
      return ModelMessage(name: entry.name, model: read.model, abilities: read.abilities)
    }
  }

  /// Whether there is a model of a name.
  func has(_ name: String) -> Bool { catalog[name] != nil }

  /// Where a model's file is.
  ///
  /// - Throws: ``Refusal`` where there is none.
  func path(of name: String) throws(Refusal) -> String {
    guard let entry = catalog[name] else {
      throw Refusal(.unprocessableContent, "there is no model \(name)")
    }
    return entry.path
  }

  /// Where a new model belongs, so that it is found by its name.
  ///
  /// - Throws: ``Refusal`` where there is no such folder and none can be made.
  func pathForNew(_ name: String) throws(Refusal) -> String {
    guard let folder = catalog.folders.first else {
      throw Refusal(.unprocessableContent, "there is no folder for models")
    }
    do {
      try createFolder(at: folder)
    } catch {
      throw Refusal(.unprocessableContent, "\(error)")
    }
    return "\(folder)/\(name)\(ModelCatalog.ending)"
  }

  private var catalog: ModelCatalog {
    folders.map { ModelCatalog(folders: $0) } ?? .standard()
  }

  private func reading(_ entry: ModelCatalog.Entry) -> Result<ReadModel, any Error> {
    let time = modificationTime(at: entry.path)
    if let known = read[entry.name], known.path == entry.path, known.time == time {
      return known.result
    }
    let result = Result {
      let model = try Model(path: entry.path)
      try model.checkSuggestions()
      return ReadModel(model: model, abilities: model.abilities)
    }
    read[entry.name] = Reading(path: entry.path, time: time, result: result)
    return result
  }
}

/// A model as the page shows it.
struct ModelMessage: Encodable {
  struct Defaults: Encodable {
    var temperature: Float
    var repeats: Float
  }

  var name: String
  var title: String
  var licence: String?
  var trainingPieces: Int?
  /// The styles that it knows.
  var styles: [String]
  /// The metres that it knows to be told; none where it tells them token by token, or not at all.
  var metres: [String]
  /// What it can be asked for: any of `key`, `metre`, `instruments`, `repeats`.
  var heeds: [String]
  /// Whether it writes whole pieces, and can vary them.
  var writes: Bool
  /// Whether it writes voices to a melody.
  var harmonizes: Bool
  /// Whether it writes parts to a given one.
  var accompanies: Bool
  var defaults: Defaults

  init(name: String, model: Model, abilities: ModelAbilities) {
    self.name = name
    title = model.provenance.title ?? ""
    licence = model.provenance.licence
    trainingPieces = model.provenance.trainingPieces
    styles = abilities.conditions?.values(of: .style) ?? []
    metres = abilities.conditions?.values(of: .metre) ?? []
    heeds = [
      ("key", abilities.strikesPitches), ("metre", abilities.heedsMetre),
      ("instruments", abilities.heedsInstruments), ("repeats", abilities.recalls),
    ].compactMap { $1 ? $0 : nil }
    writes = abilities.writesWhole
    harmonizes = abilities.harmonizes
    accompanies = abilities.given != nil
    let suggested = model.provenance.suggestions
    defaults = Defaults(temperature: suggested?.temperature ?? 1, repeats: suggested?.repeats ?? 1)
  }
}
