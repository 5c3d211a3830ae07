import ArgumentParser
import FileStorage
import MuseGen
import Settings

/// Where the settings of a run come from, the weaker first: a preset, a file, the command line.
///
/// All speak of a setting by its flag's long name, so they are laid one over the other as arguments
/// and parsed together: what can be said in one can be said in each, and is checked the same.
struct SettingLayers {
  private let preset: [ConfigurationEntry]
  private let file: [ConfigurationEntry]
  private let flags: [String]
  private let flagNames: Set<String>

  /// Reads the preset and the file that a command asks for.
  ///
  /// - Parameters:
  ///   - command: the command as parsed from its flags alone.
  ///   - flags: those flags.
  /// - Throws: ``Failure`` where the file cannot be read, or says what cannot be.
  init(of command: TrainCommand, flags: [String]) throws {
    let defaults = try TrainCommand.parse([]).listing
    let known = Set(defaults.map(\.name))
    self.flags = flags
    var flagNames = Invocation.flags(in: flags).intersection(known)
    if !command.pieces.isEmpty { flagNames.insert("pieces") }
    self.flagNames = flagNames
    file = try command.start.config.map { try SettingLayers.read($0, known: known) } ?? []
    chosenInFile = try file.filter { entry in
      guard entry.name != "pieces", !flagNames.contains(entry.name) else { return false }
      let set = try TrainCommand.parse(entry.arguments).listing.first { $0.name == entry.name }
      return set?.value != defaults.first { $0.name == entry.name }?.value
    }
    var preset = command.start.preset
    if preset == nil, case .text(let name) = file.first(where: { $0.name == "preset" })?.value {
      preset = Preset(rawValue: name)
    }
    let classifies =
      flagNames.contains("classify")
      ? command.start.classify
      : file.contains { $0.name == "classify" && $0.value == .truth(true) }
    // A classifier's settings lie below those of another preset.
    self.preset =
      try (classifies ? [.classifier] : []).appending(preset).flatMap { preset throws in
        try SettingLayers.entries(
          in: preset.settings, name: "preset \(preset.rawValue)", known: known)
      }
  }

  /// The names of what is set anywhere.
  var names: Set<String> { Set((preset + file).map(\.name)).union(flagNames) }

  /// What the file chooses: all that is not as it would be without the file, and that no flag goes before.
  let chosenInFile: [ConfigurationEntry]

  /// The command with all layers taken together.
  func command() throws -> TrainCommand {
    let fileNames = Set(file.map(\.name))
    let hiddenByFlags = SettingLayers.superseded(by: flagNames)
    let hiddenByFile = SettingLayers.superseded(by: fileNames)
    let entries =
      preset.filter { !hiddenByFile.contains($0.name) && !hiddenByFlags.contains($0.name) }
      + file.filter { !hiddenByFlags.contains($0.name) }
    var pieces: [String] = []
    switch entries.first(where: { $0.name == "pieces" })?.value {
    case .list(let names): pieces = names
    case .text(let name): pieces = [name]
    case .number, .truth, nil: break
    }
    let arguments = entries.filter { $0.name != "pieces" }.flatMap(\.arguments) + flags
    if !pieces.isEmpty && !flags.contains("--") { pieces.insert("--", at: 0) }
    return try TrainCommand.parse(arguments + pieces)
  }

  /// What weaker layers say to no effect: the same, its alternatives, and what depends on it.
  private static func superseded(by names: Set<String>) -> Set<String> {
    var result = names
    for alternatives in [["epochs", "steps", "time"], ["clip", "clip-value"]] as [Set<String>]
    where !alternatives.isDisjoint(with: names) {
      result.formUnion(alternatives)
    }
    // Another vocabulary has other settings.
    if names.contains("tokens") { result.formUnion(VocabularyOptions.names) }
    return result
  }

  private static func read(
    _ path: String, known: Set<String>
  ) throws -> [ConfigurationEntry] {
    let bytes: [UInt8]
    do {
      bytes = try readFile(at: path, limit: 1 << 24, allowingStreams: true)
    } catch {
      throw Failure(error)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.data, "\(path): found bytes that are no UTF-8, expected lines of name = value")
    }
    return try entries(in: text, name: path, known: known)
  }

  /// Flags that say what the command is to do, not how a run is set.
  private static let commandLineOnly: Set = [
    "resume", "corpus", "config", "print-config", "json", "help",
  ]

  private static func entries(
    in text: String, name: String, known: Set<String>
  ) throws -> [ConfigurationEntry] {
    let entries: [ConfigurationEntry]
    do {
      entries = try FlatTOML.entries(in: text, name: name)
    } catch {
      throw Failure(.data, "\(name):\(error.line): \(error.message)")
    }
    for entry in entries {
      guard !commandLineOnly.contains(entry.name) else {
        throw Failure(
          .data, "\(entry.place): \(entry.name) is no setting; give --\(entry.name) as a flag")
      }
      guard known.contains(entry.name) else {
        let nearest = entry.name.nearest(among: known).asNearest
        throw Failure(.data, "\(entry.place): no setting is called \(entry.name)\(nearest)")
      }
      if case .list = entry.value, !["pieces", "source", "valid"].contains(entry.name) {
        throw Failure(.data, "\(entry.place): \(entry.name) is an array, expected one value")
      }
      if entry.name == "pieces" {
        switch entry.value {
        case .list, .text: continue
        default:
          throw Failure(
            .data, "\(entry.place): pieces is no text, expected names such as [\"midi/\"]")
        }
      }
      do {
        _ = try TrainCommand.parse(entry.arguments)
      } catch {
        throw Failure(
          .data, "\(entry.place): \(ParserMessage(error, of: TrainCommand.self).line)")
      }
    }
    return entries
  }
}

extension [Preset] {
  /// The presets, and one more where there is one.
  fileprivate func appending(_ preset: Preset?) -> [Preset] {
    self + [preset].compactMap { $0 }.filter { !contains($0) }
  }
}
