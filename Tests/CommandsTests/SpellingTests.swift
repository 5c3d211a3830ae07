import ArgumentParser
import Commands
import Foundation
import MuseGen
import Testing

/// Words that were nearly right.
struct SpellingTests {
  private func line(after arguments: [String]) async -> (code: Int32, line: String)? {
    do {
      try await MuseGenCommand.run(arguments)
      return nil
    } catch {
      let report = ExitReport(after: error, of: MuseGenCommand.self)
      return report.line.map { (report.code, $0) }
    }
  }

  // Of a name of two letters a slip leaves none that could be told.
  @Test(arguments: CommandNames.all.filter { ($0.last?.count ?? 0) > 2 })
  func `a mistyped command is told the nearest one, behind help too`(path: [String]) async throws {
    let name = try #require(path.last)
    let full = path.joined(separator: " ")
    for word in [
      name + "x", String(name.dropFirst()), String(name.reversed().dropFirst().reversed()),
    ] {
      let typed = path.dropLast() + [word]
      for arguments in [Array(typed), ["help"] + typed] {
        let told = try #require(await line(after: arguments), "\(arguments)")
        #expect(told.code == 64)
        #expect(
          told.line.hasPrefix("no command is called \(typed.joined(separator: " ")), the nearest "),
          "\(told.line)")
        #expect(told.line.contains(full), "\(told.line)")
      }
    }
  }

  @Test func `what is like no command is told where they are listed`() async throws {
    for (arguments, list) in [
      (["xyzzy"], "musegen help"), (["help", "xyzzy"], "musegen help"),
      (["corpus", "xyzzy"], "musegen help corpus"),
      (["help", "generate", "xyzzy"], "musegen help generate"),
    ] {
      let told = try #require(await line(after: arguments))
      #expect(told.code == 64)
      #expect(!told.line.contains("nearest"))
      #expect(told.line.hasSuffix("; \(list) tells which there are"), "\(told.line)")
    }
  }

  @Test func `a file where a command should stand is told what can be done with it`() async throws {
    for (word, advice) in [
      ("song.mid", "musegen play song.mid plays it"), ("a.SAFETENSORS", "no command is called"),
      ("a.safetensors", "musegen play -m a.safetensors"), ("/", "musegen train / learns"),
    ] {
      let told = try #require(await line(after: [word]))
      #expect(told.code == 64)
      #expect(told.line.contains(advice), "\(told.line)")
    }
  }

  /// Each option once, with a command that has it.
  private static let options = CommandNames.all.reduce(into: [String: [String]]()) {
    options, path in
    let command = CommandNames.type(at: path) as? any FlagChecking.Type
    for flag in command?.listedFlags ?? [] { options[flag] = path }
  }

  private func line(parsing arguments: [String], by path: [String]) -> String? {
    guard let command = CommandNames.type(at: path) else { return nil }
    do {
      _ = try command.parse(arguments)
      return nil
    } catch {
      return ExitReport(after: error, of: command).line
    }
  }

  @Test(arguments: CommandNames.all)
  func `every option of a command is the nearest to itself mistyped`(path: [String]) throws {
    guard let command = CommandNames.type(at: path) as? any FlagChecking.Type else { return }
    for flag in command.listedFlags where flag.count > 3 {
      for word in [flag.prefix(2) + flag.dropFirst(), flag.dropLast()].map(String.init)
      where !command.listedFlags.contains(word) {
        #expect(word.nearest(among: command.listedFlags).contains(flag), "\(word)")
      }
    }
  }

  @Test func `a mistyped option is told the nearest one of its command`() {
    for (arguments, path, told) in [
      (["midi", "--hiden", "9"], ["train"], "unknown option '--hiden', the nearest is --hidden;"),
      (
        ["x", "--licences", "y"], ["corpus", "add"],
        "unknown option '--licences', the nearest is --licence;"
      ),
      (["--xyzzy"], ["generate"], "unknown option '--xyzzy';"),
    ] {
      #expect(line(parsing: arguments, by: path)?.hasPrefix(told) == true)
    }
  }

  @Test func `a model's name without -m is told where it belongs`() {
    #expect(
      line(parsing: ["folk"], by: ["generate"])?.hasPrefix(
        "unexpected argument 'folk', expected -m before the model's name: -m folk") == true)
    #expect(
      line(parsing: ["my.safetensors"], by: ["generate"])?.contains("-m my.safetensors") == true)
    #expect(line(parsing: ["elsewhere"], by: ["generate"])?.contains("-m ") == false)
  }

  @Test func `a value that the shell has parted at its blanks is told to be quoted`() {
    for (arguments, path, told) in [
      (["--chords", "Am", "F", "C"], ["generate"], "2 unexpected arguments: 'F', 'C'"),
      (["--key", "D", "minor"], ["generate"], "unexpected argument 'minor'"),
      (["a.mid", "--trim", "bars", "2-5"], ["edit"], "unexpected argument '2-5'"),
    ] {
      #expect(
        line(parsing: arguments, by: path)?.hasPrefix("\(told); write what has blanks in quotes")
          == true)
    }
    #expect(line(parsing: ["piano"], by: ["models"])?.contains("quotes") == false)
  }

  @Test func `an option by another program's name is told by its own`() {
    for (typed, path, told) in [
      ("--duration", ["generate"], "--length"), ("--bpm", ["generate"], "--tempo"),
      ("--lr", ["train"], "--learning-rate"), ("--prompt", ["generate"], "--primer"),
    ] {
      #expect(
        line(parsing: [typed, "1"], by: path)?.hasPrefix(
          "unknown option '\(typed)', the nearest is \(told)") == true)
    }
  }

  @Test func `a beginning of an option brings up all that begin so, if they are few`() {
    #expect(
      line(parsing: ["--out", "x.mid"], by: ["generate"])?.hasPrefix(
        "unknown option '--out', the nearest is --output;") == true)
    #expect(
      line(parsing: ["--temp", "1"], by: ["generate"])?.hasPrefix(
        "unknown option '--temp', the nearest are --temperature and --tempo;") == true)
  }

  @Test func `a value that cannot be read is told how it is written, in each of the forms`() throws
  {
    var flags: [String: (flag: String, path: [String])] = [:]
    for (flag, path) in Self.options.sorted(by: { $0.key < $1.key }) {
      let command = try #require(CommandNames.type(at: path))
      // Nearly any text is a track's name.
      guard let form = ValueForms(of: command)[flag], form != GivenPart.form else { continue }
      // Those that are not named as their properties are, and the first of each form.
      if ["init", "n"].contains(flag) { flags[flag] = (flag, path) }
      if flags[form] == nil { flags[form] = (flag, path) }
    }
    #expect(flags.count > 10)
    for (flag, path) in flags.values {
      let command = try #require(CommandNames.type(at: path))
      let form = try #require(ValueForms(of: command)[flag])
      let option = flag.count > 1 ? "--\(flag)" : "-\(flag)"
      let told = try #require(line(parsing: [option, "?!"], by: path), "\(option)")
      #expect(told.hasPrefix("\(option) is \"?!\", expected \(form)"), "\(told)")
    }
  }

  @Test(arguments: CommandNames.all)
  func `a number below 0 is read as the value of its option`(path: [String]) throws {
    guard let command = CommandNames.type(at: path) as? any FlagChecking.Type else { return }
    let forms = ValueForms(of: command)
    for flag in command.listedFlags {
      guard let form = forms[flag],
        form.contains("number") || form.contains("program") || form == TimeSpan.form
      else { continue }
      let option = flag.count > 1 ? "--\(flag)" : "-\(flag)"
      let told = line(parsing: [option, "-1"], by: path)
      #expect(told?.contains("missing value") != true, "\(option): \(told ?? "")")
    }
  }

  @Test(
    arguments: [
      ("90", PieceLength.seconds(90)), ("upto90s", .atMost(90)), ("Up to 2 min", .atMost(120)),
      ("2 min", .seconds(120)), ("2min", .seconds(120)),
      ("1:30", .seconds(90)), ("99:59", .seconds(5999)), ("1:02:03", .seconds(3723)),
      ("8 bars", .bars(8)), ("8bars", .bars(8)), ("1 bar", .bars(1)),
      ("8 Bars", .bars(8)), ("500 notes", .notes(500)), ("2000tokens", .tokens(2000)),
      ("1.5 h", .seconds(5400)), ("90 seconds", .seconds(90)),
    ])
  func `a length is read however it is written`(text: String, length: PieceLength) {
    #expect(LengthArgument(argument: text)?.length == length)
  }

  @Test(arguments: [
    "", "bars", "-8bars", "8.5bars", "8 bars long", "two minutes", "8 beats", "1,5 m",
    "1:99", "1:60", "upto1:99", "1:60:00", "1:00:75",
  ])
  func `what is no length is none`(text: String) { #expect(LengthArgument(argument: text) == nil) }
}
