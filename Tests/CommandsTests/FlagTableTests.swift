import ArgumentParser
import Commands
import Foundation
import Testing

/// The table of flags, and the flags of settings, against the flags that there are.
struct FlagTableTests {
  /// What the parser says of a command's flags: the long name of each, or its letter.
  private func flags(of command: any ParsableCommand.Type) throws -> Set<String> {
    struct Help: Decodable {
      var command: Node
      struct Node: Decodable {
        var arguments: [Argument]?
      }
      struct Argument: Decodable {
        var names: [Name]?
        struct Name: Decodable {
          var kind: String
          var name: String
        }
      }
    }
    let help = try JSONDecoder().decode(Help.self, from: Data(command._dumpHelp().utf8))
    let names = (help.command.arguments ?? []).compactMap { argument in
      (argument.names?.first { $0.kind == "long" } ?? argument.names?.first)?.name
    }
    // `--no-x` is another way to write `--x`.
    return Set(names).filter { !$0.hasPrefix("no-") || !names.contains(String($0.dropFirst(3))) }
      .subtracting(["help", "version"])
  }

  @Test(arguments: CommandNames.all)
  func `every flag of a command stands in its table`(path: [String]) throws {
    let command = try #require(CommandNames.type(at: path))
    let flags = try flags(of: command)
    guard command.configuration.subcommands.isEmpty else {
      #expect(flags.isEmpty)
      return
    }
    let table = try #require(command as? any FlagChecking.Type, "\(command) has no table")
    #expect(table.listedFlags == flags)
  }

  @Test func `flags are told from their values`() {
    let names = Invocation.flags(in: [
      "train", "midi", "--hidden=9", "-o", "x.safetensors", "--no-holds", "--seed", "-1", "--",
      "--valid",
    ])
    #expect(names == ["hidden", "output", "holds", "seed"])
  }

  @Test func `a setting is told by its flag`() {
    for (key, flag) in [
      ("learningRate", "--learning-rate"), ("hiddenSize", "--hidden"),
      ("longestNote", "--longest-note"),
      ("layerCount", "--layers"), ("gain", "--gain"), ("semitones", "--transpose"),
      ("roomSize", "--reverb"), ("peakLevel", "--normalize"), ("topP", "--top-p"),
    ] { #expect(SettingFlag.flag(for: key) == flag) }
    #expect(SettingFlag.flag(for: "tempoBins") == nil)
  }

  /// Settings that no flag gives on its own.
  private let withoutFlag: Set = [
    // Of vocabularies, in `--token-settings`.
    "beats", "beatsOfAResolution", "denominator", "denominatorOfASignature", "fastestTempo",
    "highestDrum",
    "lowestDrum",
    "maximumShift", "numberOfResolutions", "numberOfSignatures", "numeratorOfASignature",
    "positionsOfABeat", "slowestTempo", "stepMilliseconds", "tempoBins",
    // Chosen by the library.
    "chorusDepth", "every", "factor", "floor", "chorusSpeed", "chorusVoices", "recurrentGain",
    "reverbDamping", "reverbLevel",
    "reverbWidth",
  ]

  @Test func `every setting that a library checks has a flag`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let enumerator = FileManager.default.enumerator(
      at: root.appending(path: "Sources"), includingPropertiesForKeys: nil)
    var keys: Set<String> = []
    for case let file as URL in enumerator ?? .init() where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /(?:SettingError|SettingError\.check)\(\s*"(\w+)"/) {
        keys.insert(String(match.1))
      }
    }
    #expect(keys.count > 20)
    for key in keys where SettingFlag.flag(for: key) == nil {
      #expect(withoutFlag.contains(key), "\(key)")
    }
  }
}
