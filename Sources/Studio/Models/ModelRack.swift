import FlyingFox
import MuseGen

/// The models that can be called by name, read when they are first used.
actor ModelRack {
  private let catalog: ModelCatalog
  private var models: [String: Model] = [:]
  private var known: [String: ModelAbilities] = [:]

  init(folders: [String]?) {
    catalog = folders.map { ModelCatalog(folders: $0) } ?? .standard()
  }

  /// The model of a name.
  ///
  /// - Throws: ``Refusal`` where there is none, or its file is damaged.
  func model(named name: String) throws(Refusal) -> Model {
    if let model = models[name] { return model }
    guard let entry = catalog[name] else {
      let names = catalog.entries.map(\.name).joined(separator: ", ")
      throw Refusal(
        .unprocessableContent,
        "there is no model \(name), expected \(names.isEmpty ? "one that is installed" : "one of \(names)")"
      )
    }
    do {
      let model = try Model(path: entry.path)
      try model.checkSuggestions()
      models[name] = model
      return model
    } catch {
      throw Refusal(.unprocessableContent, "the model \(name) cannot be read: \(error)")
    }
  }

  /// What a model can be asked for.
  func abilities(of name: String) throws(Refusal) -> ModelAbilities {
    if let abilities = known[name] { return abilities }
    let abilities = try model(named: name).abilities
    known[name] = abilities
    return abilities
  }

  /// All that can be read, the one to take where nobody chooses first.
  var all: [ModelMessage] {
    catalog.entries.compactMap { entry in
      guard let model = try? model(named: entry.name),
        let abilities = try? abilities(of: entry.name)
      else { return nil }
      return ModelMessage(name: entry.name, model: model, abilities: abilities)
    }
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
    writes = abilities.given == nil
    harmonizes = abilities.harmonizes
    accompanies = abilities.given != nil
    let suggested = model.provenance.suggestions
    defaults = Defaults(temperature: suggested?.temperature ?? 1, repeats: suggested?.repeats ?? 1)
  }
}
