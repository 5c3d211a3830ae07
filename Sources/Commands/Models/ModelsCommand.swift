import Drawing
import ArgumentParser
import FileStorage
import Foundation
import MuseGen
import Safetensors

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
        listing.failed.append(.init(path: entry.path, error: "\(entry.path): \(error)"))
      }
    }
    if let folder = ModelCatalog.missingFolder() {
      Terminal.warn(
        "$MUSEGEN_MODELS is \(folder), expected a folder of models; unset it for those that ship")
    }
    if json {
      return try Terminal.printJSON(listing)
    }
    for failure in listing.failed { Terminal.warn("\(failure.error)") }
    if catalog.entries.isEmpty {
      try StandardOutput.line("no models in \(catalog.folders.joined(separator: ", "))")
      try StandardOutput.line("train one with musegen train FOLDER")
    } else {
      try StandardOutput.lines(listing.report)
    }
  }
}

/// What `musegen models` tells.
struct ModelListing: Encodable {
  /// The models that can be read, the one that is taken by default first.
  var models: [ListedModel] = []
  /// Those that cannot, and why.
  var failed: [UnreadFile] = []

  /// A line for each model.
  var report: [String] {
    let head = ["model", "what", "vocabulary", "held out", "unigram", "bigram", "MB", "licence"]
    func nats(_ value: Double?) -> String { value.map { $0.decimals(3) } ?? "-" }
    return TextTable(
      [head]
        + models.map { model in
          [
            model.name, (model.title ?? model.purpose ?? "-").onOneLine,
            "\(model.vocabulary), \(model.events) events" + model.told,
            model.accuracy.map { "\($0.percent) right" } ?? nats(model.heldOutNats),
            nats(model.unigramNats), nats(model.bigramNats),
            (Double(model.bytes) / 1e6).decimals(1), (model.licence ?? "-").onOneLine,
          ]
        }
    ).lines
  }
}

/// A model of the list.
struct ListedModel: Encodable {
  var name: String
  var path: String
  var bytes: Int
  var title: String?
  var licence: String?
  var sources: [String]
  var vocabulary: String
  var events: Int
  /// What the model can be told before a piece; nil where nothing.
  var conditions: [KnownCondition]?
  var cell: String
  var layers: Int
  var hidden: Int
  var parameters: Int
  var trainingPieces: Int?
  var heldOutNats: Double?
  var unigramNats: Double?
  var bigramNats: Double?
  /// What a classifier tells; nil for a model that writes music.
  var labels: [String]?
  var pooling: Pooling?
  /// The share of the held-out pieces that a classifier told right.
  var accuracy: Double?

  /// What a classifier is for, in a few words.
  var purpose: String? {
    labels.map { labels in
      "tells \(labels.count) labels by \(pooling?.rawValue ?? "") pooling"
    }
  }

  init(_ entry: ModelCatalog.Entry) throws {
    name = entry.name
    path = entry.path
    let content = try readFile(at: entry.path)
    bytes = content.count
    let file = try SafetensorsFile(bytes: content)
    if file.purpose == .classifier {
      let classifier = try Classifier(file)
      let label = classifier.provenance.label
      (title, licence, sources) = (label.title, label.licence, label.sources)
      vocabulary = classifier.vocabulary.configuration.fullName
      events = classifier.vocabulary.count
      let network = classifier.network.configuration
      (cell, layers, hidden) = (network.cell.rawValue, network.layerCount, network.hiddenSize)
      parameters = classifier.network.parameters.count
      trainingPieces = classifier.provenance.trainingPieces.reduce(0, +)
      labels = classifier.labels
      pooling = classifier.pooling
      accuracy = classifier.provenance.heldOut?.accuracy
      return
    }
    let model = try Model(file)
    let network = model.network.configuration
    let provenance = model.provenance
    title = provenance.title
    licence = provenance.licence
    sources = provenance.sources ?? []
    vocabulary = model.vocabulary.configuration.fullName
    events = model.vocabulary.count
    conditions = KnownCondition.all(of: model)
    cell = network.cell.rawValue
    layers = network.layerCount
    hidden = network.hiddenSize
    parameters = model.network.parameters.count
    trainingPieces = provenance.trainingPieces
    heldOutNats = provenance.validationNats
    unigramNats = provenance.unigramNats
    bigramNats = provenance.bigramNats
  }

  /// What the model can be told, behind its vocabulary.
  var told: String {
    conditions.map { ": " + $0.map(\.kind.rawValue).joined(separator: ", ") } ?? ""
  }
}

extension Model {
  /// The kind and size of the network and its vocabulary, in a few words.
  var summary: String {
    let network = network.configuration
    return "\(network.cell.rawValue.uppercased()) of \(network.layerCount) x "
      + "\(network.hiddenSize), \(vocabulary.configuration.fullName), \(vocabulary.count) events"
  }
}
