import FileStorage
import MuseGen

/// The command line that writes a piece again which `play` has written: the same flags for `generate`, with
/// what the listener has chosen.
struct PieceCommandLine: Sendable {
  private let model: String
  private let flags: [String]

  /// Flags of `play` that say nothing of the notes, or of which each piece has its own; with a value each.
  private static let leftOut: Set<String> =
    Set(SoundOptions.soundFlags).union(ModelOptions.flags)
    .union(["device", "latency", "port", "output", "seed", "temperature", "then"])
  /// Those without a value.
  private static let leftOutAlone: Set<String> = ["forever", "overwrite"]
  private static let shortNames = ["-o", "-m"]

  /// Takes the flags from the command line of `play`.
  ///
  /// - Parameters:
  ///   - arguments: what stands behind the command's name.
  ///   - model: the model's name, or its file's path from the root.
  init(arguments: [String], model: String) {
    self.model = model
    var flags: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if Self.shortNames.contains(argument) {
        rest = rest.dropFirst()
        continue
      }
      if Self.shortNames.contains(where: argument.hasPrefix), !argument.hasPrefix("--") { continue }
      let (name, value) = Self.parts(argument)
      if Self.leftOutAlone.contains(name) { continue }
      if Self.leftOut.contains(name) {
        if value == nil { rest = rest.dropFirst() }
        continue
      }
      if name == "primer" {
        // It is found from any folder.
        guard let primer = value ?? rest.popFirst() else { continue }
        let isFile = fileKind(at: primer) != nil
        flags += ["--primer", isFile ? absolutePath(primer) : primer]
        continue
      }
      flags.append(argument)
    }
    self.flags = flags
  }

  /// The name of a flag without its hyphens, and the value behind an equals sign.
  private static func parts(_ argument: String) -> (name: String, value: String?) {
    guard argument.hasPrefix("--") else { return ("", nil) }
    let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1)
    return (parts.first.map { String($0) } ?? "", parts.count > 1 ? String(parts[1]) : nil)
  }

  /// The line.
  ///
  /// - Parameters:
  ///   - settings: those of the piece, with what was changed on the way.
  ///   - edits: the flags of `edit` that are done to the piece after that; none for none.
  ///   - file: the file to write.
  /// - Returns: a line for the shell.
  func text(_ settings: GenerationSettings, edits: [String], file: String) -> String {
    let sampling = settings.sampling
    let temperature =
      "\(sampling.temperature)" + (sampling.finalTemperature.map { ":\($0)" } ?? "")
    var words = ["musegen", "generate", "-m", model] + withoutIdle(flags, settings)
    words += ["--temperature", temperature, "--seed", "\(settings.seed)"]
    for change in settings.changes { words += ["--then", ChangeArgument(change).description] }
    words += ["-o", file]
    let line = words.map(\.shellQuoted).joined(separator: " ")
    return edits.isEmpty
      ? line : line + " && " + Self.edit(file, by: edits, into: file, overwrite: true)
  }

  /// The line of `edit` that makes one file of another.
  static func edit(
    _ input: String, by edits: [String], into output: String, overwrite: Bool
  ) -> String {
    let words =
      ["musegen", "edit", input] + edits + ["-o", output] + (overwrite ? ["--overwrite"] : [])
    return words.map(\.shellQuoted).joined(separator: " ")
  }

  /// The flags without those that `generate` refuses because they would do nothing.
  private func withoutIdle(_ flags: [String], _ settings: GenerationSettings) -> [String] {
    guard settings.sampling.temperature == 0, settings.sampling.finalTemperature ?? 0 == 0,
      settings.changes.isEmpty
    else { return flags }
    var kept: [String] = []
    var rest = flags[...]
    while let flag = rest.popFirst() {
      let (name, value) = Self.parts(flag)
      if GenerationOptions.flagsAmongLikely.contains(name) {
        if value == nil { rest = rest.dropFirst() }
      } else {
        kept.append(flag)
      }
    }
    return kept
  }
}
