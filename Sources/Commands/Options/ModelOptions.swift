public import ArgumentParser
import FileStorage
public import MuseGen
import Safetensors
import Settings

/// Which model a command uses.
struct ModelOptions: ParsableArguments {
  private static let standardFile = "model.safetensors"

  @Option(
    name: [.short, .long],
    help: """
      The model: a file, a name that musegen models lists, or a run's folder or checkpoint \
      (default: \(standardFile), else the first of that list that suits the command).
      """, completion: .file(extensions: ["safetensors"]))
  var model: String?

  /// The flags' names.
  static let flags = ["model"]

  /// Reads the model.
  func load() throws -> Model { try loadWithPath().model }

  /// Reads the model, and tells which file it is.
  func loadWithPath() throws -> (model: Model, path: String) {
    let (file, path) = try loadFile()
    return (try Self.model(in: file, path: path), path)
  }

  /// Reads the model for a command that not every one can serve.
  ///
  /// - Parameters:
  ///   - expected: what it must be, in the words of an error.
  ///   - score: a piece that it is to tell, as ``load(where:suiting:otherwise:)`` takes it.
  ///   - fits: whether a model is that; it may throw what is wrong with one that somebody chose.
  /// - Returns: the model; where nobody chose one, the first by name that fits.
  /// - Throws: ``Failure``, which names a model that fits where the one that was read does not.
  func load(
    expecting expected: String, suiting score: Score? = nil, where fits: (Model) throws -> Bool
  ) throws -> Model {
    try load(where: fits, suiting: score) { model, name in
      Failure(
        .data,
        "the model's vocabulary is \(model.vocabulary.configuration.name), expected \(expected)"
          + (name.map { "; -m \($0) has one" } ?? ""))
    }
  }

  /// Reads the model as ``load(expecting:suiting:where:)`` does, with an error of the command's own.
  ///
  /// - Parameters:
  ///   - fits: whether a model serves the command; it may throw what is wrong with one that somebody chose.
  ///   - score: a piece that it is to tell; where nobody chose a model, one that tells notes of it goes first, for
  ///     drums alone one that plays nothing else; nil for any.
  ///   - failure: what is said of the model that was read, and of the name of one that fits, if there is one.
  /// - Returns: the model; where nobody chose one, the first by name that fits.
  /// - Throws: ``Failure``.
  func load(
    where fits: (Model) throws -> Bool, suiting score: Score? = nil,
    otherwise failure: (Model, _ fitting: String?) -> Failure
  ) throws -> Model {
    let catalog = ModelCatalog.standard()
    func fitting() -> (name: String, model: Model)? {
      var first: (name: String, model: Model)?
      var firstTelling: (name: String, model: Model)?
      for entry in catalog.entries {
        guard let file = try? SafetensorsFile(bytes: readFile(at: entry.path)),
          let model = try? Self.model(in: file, path: entry.path), (try? fits(model)) == true
        else { continue }
        guard let score else { return (entry.name, model) }
        if first == nil { first = (entry.name, model) }
        guard model.tellsNotes(of: score) else { continue }
        if !score.isDrumsAlone || !model.abilities.strikesPitches { return (entry.name, model) }
        if firstTelling == nil { firstTelling = (entry.name, model) }
      }
      return firstTelling ?? first
    }
    if model == nil, fileKind(at: Self.standardFile) == nil, let first = fitting() {
      Terminal.warn(
        "no \(Self.standardFile) here: taking the model \(first.name); "
          + "musegen models lists others for -m")
      return first.model
    }
    let model = try load()
    guard try fits(model) else { throw failure(model, fitting()?.name) }
    return model
  }

  /// Takes a model out of its file.
  static func model(in file: SafetensorsFile, path: String) throws -> Model {
    let model = try storedModel(in: file, path: path)
    do {
      try model.checkSuggestions()
    } catch {
      throw Failure(suggested: error, in: path)
    }
    return model
  }

  /// Takes a model out of its file, whatever the file suggests.
  static func storedModel(in file: SafetensorsFile, path: String) throws -> Model {
    do {
      return try Model(file)
    } catch {
      let isClassifier = file.purpose == .classifier
      throw Failure(
        .data, "\(path): \(error)" + (isClassifier ? "; use it with musegen classify" : ""))
    }
  }

  /// Reads the file, whatever it is for, and tells which one it is; a checkpoint is read as the model that it
  /// makes.
  func loadFile() throws -> (file: SafetensorsFile, path: String) {
    let path = try path(in: .standard())
    if RunModel.isRun(path) { return (try RunModel.file(ofRunIn: path), path) }
    let bytes: [UInt8]
    do {
      bytes = try readFile(at: path, allowingStreams: true)
    } catch {
      throw Failure(
        Failure(error).code,
        "\(path): \(ModelFileError(.unreadable(error)))\(error.isMissing ? Self.advice : "")")
    }
    do {
      return (try RunModel.modelFile(try SafetensorsFile(bytes: bytes), at: path), path)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.data, "\(path): \(error)")
    }
  }

  /// What to do where a model is not there.
  private static var advice: String {
    guard let folder = ModelCatalog.missingFolder() else {
      return "; train one with musegen train FOLDER, or name one with -m"
    }
    return
      "; $MUSEGEN_MODELS is \(folder), expected a folder of models; unset it, or name a model with -m"
  }

  /// The file that is meant; where nobody chose it, it is told on standard error.
  private func path(in catalog: ModelCatalog) throws -> String {
    guard let model else {
      guard fileKind(at: Self.standardFile) == nil, let preferred = catalog.preferred else {
        return Self.standardFile
      }
      Terminal.warn(
        "no \(Self.standardFile) here: taking the model \(preferred.name); "
          + "musegen models lists others for -m")
      return preferred.path
    }
    if fileKind(at: model)?.givesBytes == true || RunModel.isRun(model) || model.contains("/")
      || model.hasSuffix(ModelCatalog.ending)
    {
      return model
    }
    if let entry = catalog[model] { return entry.path }
    if case let folder = RunModel.folder(named: model), folder != model { return folder }
    guard !catalog.entries.isEmpty else { return model }
    let names = catalog.entries.map(\.name).joined(separator: ", ")
    throw Failure(
      .noInput, "\(model): found neither a file nor a model of this name, expected one of \(names)")
  }
}

extension Failure {
  /// A suggestion that cannot be, in a model's file, with the way to another.
  init(suggested error: GenerationError, in path: String) {
    guard let setting = error.setting else {
      self.init(error)
      return
    }
    let flag = SettingFlag.flag(for: setting.key) ?? setting.key
    self.init(
      .data, "\(path): the suggested \(setting); musegen convert with \(flag) stores another")
  }
}

extension Model {
  /// Whether its vocabulary tells a note of a piece, or the given part of it.
  func tellsNotes(of score: Score) -> Bool {
    vocabulary.accompanied?.part.parting(score) != nil
      || vocabulary.encode(score).contains { vocabulary.noteCount(of: $0) > 0 }
  }
}

extension Score {
  /// Whether it has notes, all of which are drums.
  fileprivate var isDrumsAlone: Bool {
    let played = tracks.filter { !$0.notes.isEmpty }
    return !played.isEmpty && played.allSatisfy(\.isDrums)
  }
}

/// How a model is to be drawn from where nobody asks for anything else.
struct SuggestionOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "What generate and play take where no --temperature is asked for.")
  var temperature: Float?

  @Option(parsing: .unconditional, help: "The same for --top-p.")
  var topP: Float?

  @Option(parsing: .unconditional, help: "The same for --min-p.")
  var minP: Float?

  @Option(parsing: .unconditional, help: "The same for --repeats.")
  var repeats: Float?

  @Option(parsing: .unconditional, help: "The same for --guidance.")
  var guidance: Float?

  @Option(parsing: .unconditional, help: "The same for --polyphony.")
  var polyphony: Int?

  @Option(parsing: .unconditional, help: "The same for --longest-note.")
  var longestNote: TimeSpan?

  @Option(
    parsing: .unconditional,
    help: "How strongly pieces are led to their key where no --key is asked for.")
  var keyStrength: Float?

  @Option(
    parsing: .unconditional,
    help: "How strongly phrases are led to their cadences where no --cadences are asked for.")
  var cadences: Float?

  /// The flags' names.
  static let flags = [
    "temperature", "top-p", "min-p", "repeats", "guidance", "polyphony", "longest-note",
    "key-strength", "cadences",
  ]

  /// The suggestions; nil where there are none.
  var suggestions: Suggestions? {
    var suggestions = Suggestions()
    suggestions.temperature = temperature
    suggestions.topP = topP
    suggestions.minP = minP
    suggestions.repeats = repeats
    suggestions.guidance = guidance
    suggestions.keyStrength = keyStrength
    suggestions.cadences = cadences
    suggestions.polyphony = polyphony
    suggestions.longestNoteSeconds = longestNote?.seconds
    return suggestions.values.isEmpty ? nil : suggestions
  }
}

/// What a model file says of itself, and how it stores its numbers.
struct ModelFileOptions: ParsableArguments {
  @Option(help: "What the model plays, in a few words; musegen models shows them.")
  var title: String?

  @Option(help: "The licence of the music it learned from, and the names to thank.")
  var licence: String?

  @Option(help: "Where the music came from; may be given again for another collection.")
  var source: [String] = []

  @Option(help: "How numbers are stored: f32, exactly, or bf16, in half the space.")
  var store: Model.StoredPrecision?

  var label: ModelLabel { ModelLabel(title: title, licence: licence, sources: source) }

  /// The settings by their flags' names.
  var listing: [ConfigurationEntry] {
    [
      .init("title", title), .init("licence", licence), .init("source", source),
      .init("store", store?.rawValue),
    ]
  }

  var isEmpty: Bool { label == ModelLabel() && store == nil }
}

extension Model.StoredPrecision: ExpressibleByArgument {}
