import Drawing
import FileStorage
import Foundation
import MuseGen
import Reproducibility
import Safetensors

/// What `musegen info` tells of one file, a model's or a classifier's.
enum ModelFileInfo: Encodable {
  case model(ModelInfo)
  case classifier(ClassifierInfo)

  /// Reads the file.
  ///
  /// - Throws: ``Failure`` where it cannot be read or is neither.
  init(path: String) throws {
    let file: SafetensorsFile
    let bytes: Int
    do {
      if RunModel.isRun(path) {
        file = try RunModel.file(ofRunIn: path)
        bytes = file.encoded().count
      } else {
        let content = try readFile(at: path, allowingStreams: true)
        file = try RunModel.modelFile(try SafetensorsFile(bytes: content), at: path)
        bytes = content.count
      }
    } catch let error as FileError {
      throw Failure(error)
    } catch let error as SafetensorsError {
      throw Failure(.data, "\(path): \(error)")
    }
    do {
      let stored = file.tensors.first?.element.rawValue ?? "-"
      self =
        file.purpose == .classifier
        ? .classifier(
          ClassifierInfo(
            path: path, bytes: bytes, stored: stored, classifier: try Classifier(file)))
        : .model(
          ModelInfo(path: path, bytes: bytes, stored: stored, model: try Model(file)))
    } catch {
      throw Failure(.data, "\(path): \(error)")
    }
  }

  /// The report for people.
  var report: [String] {
    switch self {
    case .model(let info): info.report
    case .classifier(let info): info.report
    }
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .model(let info): try info.encode(to: encoder)
    case .classifier(let info): try info.encode(to: encoder)
    }
  }
}

/// What `musegen info` tells of one model file, as JSON too.
struct ModelInfo: Encodable {
  var path: String
  var bytes: Int
  var title: String?
  var licence: String?
  var sources: [String]
  var vocabulary: VocabularyConfiguration
  var vocabularyName: String
  /// The part of a piece that the model writes the others to; nil where it writes all.
  var given: String?
  /// Whether it writes whole pieces.
  var writesWhole: Bool
  /// What the model can be told before a piece; nil where nothing.
  var conditions: [KnownCondition]?
  /// What generate and play take where nothing else is asked for; nil where nothing is suggested.
  var suggestions: Suggestions?
  var network: NetworkConfiguration
  var parameters: Int
  var parameterDigest: String
  /// How numbers are stored, such as `F32`.
  var stored: String
  var trainingPieces: Int?
  var trainingEvents: Int?
  /// The lowest pitch that it learned from, drums aside; nil where it does not tell.
  var lowestPitch: Int?
  /// The highest such pitch.
  var highestPitch: Int?
  /// Whether it learned from drums alone; nil where it does not tell.
  var isDrumsOnly: Bool?
  var corpusDigest: String?
  var steps: Int?
  var heldOutNats: Double?
  /// That without the held-out pieces that have near-duplicates among those trained on.
  var heldOutNatsApart: Double?
  var unigramNats: Double?
  var bigramNats: Double?
  var base: BaseModel?
  /// Nil where nobody trained it, or another version of musegen did.
  var settings: TrainingSettings?

  init(path: String, bytes: Int, stored: String, model: Model) {
    let provenance = model.provenance
    self.path = path
    self.bytes = bytes
    title = provenance.title
    licence = provenance.licence
    sources = provenance.sources ?? []
    vocabulary = model.vocabulary.configuration
    vocabularyName = vocabulary.fullName
    given = model.vocabulary.accompanied?.part.description
    writesWhole = model.vocabulary.accompanied?.isOptional ?? true
    conditions = KnownCondition.all(of: model)
    suggestions = provenance.suggestions
    network = model.network.configuration
    parameters = model.network.parameters.count
    parameterDigest = model.network.parameterDigest
    self.stored = stored
    trainingPieces = provenance.trainingPieces
    trainingEvents = provenance.trainingTokens
    lowestPitch = (provenance.pitches?.range).map { Int($0.lowerBound) }
    highestPitch = (provenance.pitches?.range).map { Int($0.upperBound) }
    isDrumsOnly = provenance.pitches.map { $0 == .drumsOnly }
    corpusDigest = provenance.corpusDigest
    steps = provenance.steps
    heldOutNats = provenance.validationNats
    heldOutNatsApart = provenance.validationNatsApart
    unigramNats = provenance.unigramNats
    bigramNats = provenance.bigramNats
    base = provenance.base
    settings = provenance.settings.flatMap {
      try? CanonicalJSON.decode(TrainingSettings.self, from: $0.utf8)
    }
  }
}

/// A condition that a model can be told.
struct KnownCondition: Encodable {
  var kind: ConditionKind
  /// Its values by the names that flags take.
  var values: [String]

  /// The conditions of a model; nil where it knows none.
  static func all(of model: Model) -> [KnownCondition]? {
    model.vocabulary.knownConditions.map { conditions in
      conditions.kinds.map { KnownCondition(kind: $0, values: conditions.values(of: $0)) }
    }
  }

  /// The condition and its values in one line.
  var line: String {
    "knows \(kind.rawValue): \(values.map(\.onOneLine).joined(separator: ", "))"
  }
}

extension ModelInfo {
  /// The report on the model, for people.
  var report: [String] {
    var lines = [path]
    if let title { lines.append("  \(title.onOneLine)") }
    lines.append("  \(shape)")
    lines.append(
      "  \(parameters.grouped) parameters as \(stored), digest \(parameterDigest), "
        + "\(bytes.grouped) bytes")
    lines.append("  \(vocabularyName), \(network.vocabularySize.grouped) events")
    if let given {
      let whole = writesWhole ? ", and whole pieces where none is given" : ""
      lines.append("  writes to a given part: \(given.onOneLine)\(whole)")
    }
    lines += (conditions ?? []).map { "  \($0.line)" }
    if let suggestions {
      let flags = suggestions.values.map {
        "\(SettingFlag.flag(for: $0.key) ?? $0.key) \($0.value)"
      }
      lines.append("  drawn by default with \(flags.joined(separator: " "))")
    }
    if let trainingPieces {
      let events = trainingEvents.map { " of \($0.grouped) events" } ?? ""
      let digest = corpusDigest.map { ", digest \($0.onOneLine)" } ?? ""
      lines.append("  learned from \(trainingPieces.counted("piece"))\(events)\(digest)")
    }
    if let lowestPitch, let highestPitch {
      lines.append(
        "  knows pitches from \(Pitch(lowestPitch)) to \(Pitch(highestPitch)), and keeps to them")
    } else if isDrumsOnly == true {
      lines.append("  knows drums alone, and keeps to them")
    }
    if let heldOutNats {
      var losses = "  \(heldOutNats.decimals(3)) nats per held-out event"
      if let heldOutNatsApart {
        losses += ", \(heldOutNatsApart.decimals(3)) without near-duplicates"
      }
      if let unigramNats { losses += ", \(unigramNats.decimals(3)) by frequency alone" }
      if let bigramNats { losses += ", \(bigramNats.decimals(3)) from the event before" }
      lines.append(losses)
    }
    if let base {
      let name = base.title.map { "\($0.onOneLine), " } ?? ""
      lines.append("  trained on from a model: \(name)digest \(base.parameterDigest.onOneLine)")
    }
    if let training { lines.append("  \(training)") }
    lines.append("  licence: \(licence?.onOneLine ?? "not said")")
    lines += sources.map { "  source: \($0.onOneLine)" }
    return lines
  }

  private var shape: String {
    var parts = [
      "\(network.cell.rawValue.uppercased()) of \(network.layerCount) x \(network.hiddenSize)",
      "embedding of \(network.embeddingSize)",
    ]
    if network.dropout > 0 { parts.append("dropout \(network.dropout)") }
    if network.recurrentDropout > 0 {
      parts.append("recurrent dropout \(network.recurrentDropout)")
    }
    if network.weightDrop > 0 { parts.append("weight drop \(network.weightDrop)") }
    if network.embeddingDropout > 0 {
      parts.append("embedding dropout \(network.embeddingDropout)")
    }
    if let recall = network.recall {
      let lengths = recall.lengths.map(String.init).joined(separator: " and ")
      parts.append("recall of \(lengths) events\(recall.hasGate ? " with a gate" : "")")
    }
    if network.conditionSlots != nil { parts.append("conditions at every event") }
    if network.heardGroups != nil { parts.append("each given bar in its time") }
    if network.layerNormalization { parts.append("layer normalisation") }
    if network.tiedWeights { parts.append("tied weights") }
    if network.residual { parts.append("residual") }
    if network.learnedInitialState { parts.append("learned start") }
    return parts.joined(separator: ", ")
  }

  /// How it was trained, where that is known.
  private var training: String? {
    guard let settings else { return nil }
    var parts = [
      "\((steps ?? 0).counted("step")) of \(settings.optimizer.kind.rawValue)",
      "learning rate up to \(settings.schedule.peak)", "windows of \(settings.window)",
    ]
    if settings.windowJitter > 0 { parts.append("lengths varied by \(settings.windowJitter)") }
    if settings.scheduledSampling > 0 {
      parts.append("\(settings.scheduledSampling) of bars drawn by itself")
    }
    let range = settings.augmentation
    if range.semitones > 0 {
      let rest = settings.ownKeys > 0 ? ", the last \(settings.ownKeys) in own keys" : ""
      parts.append("transposed by up to \(range.semitones)\(rest)")
    }
    if let layers = settings.frozenLayers {
      parts.append("embedding and \(layers.counted("layer")) frozen")
    }
    if let windows = settings.accumulation { parts.append("\(windows) windows a step") }
    if let steps = settings.localSteps {
      parts.append("processes' weights averaged every \(steps.counted("step"))")
    }
    if let decay = settings.averageDecay { parts.append("average of \(decay)") }
    if let trigger = settings.averageTrigger {
      parts.append("mean from \(trigger.counted("validation")) without a better one on")
    }
    return parts.joined(separator: ", ") + ", seed \(settings.seed)"
  }
}
