import Commands
import Drawing
import MuseGen
import Testing

/// Settings as text: in files, on the command line, in layers.
struct SettingTextTests {
  @Test func `a device that cannot play is not told to be taken through what it goes through`() {
    func advice(_ name: String) -> String {
      Failure(PlaybackError(.deviceUnsuitable(name: name, problem: "no rate"))).message
    }
    #expect(advice("hw:0").hasSuffix("; try --device plug:hw:0"))
    #expect(
      advice("plug:jack").hasSuffix("; choose another with --device, musegen devices lists them"))
  }

  private func entries(_ text: String) throws -> [String: ConfigurationEntry.Value?] {
    let entries = try FlatTOML.entries(in: text, name: "x.toml")
    return Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.value) })
  }

  // The examples are from toml.io/en/v1.0.0.
  @Test func `values are read as TOML has them`() throws {
    let read = try entries(
      #"""
      str = "I'm a string. \"You can quote me\". Name\tJos\u00E9\nLocation\tSF."
      winpath = 'C:\Users\nodejs\templates' # what you see is what you get
      int1 = +99
      int3 = 1_000
      flt3 = -0.01
      flt4 = 5e+22
      bool1 = true
      colors = [ "red", "yellow", 'green', ]
      bare_key-2 = ""
      """#)
    #expect(
      read == [
        "str": .text("I'm a string. \"You can quote me\". Name\tJosé\nLocation\tSF."),
        "winpath": .text(#"C:\Users\nodejs\templates"#), "int1": .number("99"),
        "int3": .number("1000"), "flt3": .number("-0.01"), "flt4": .number("5e+22"),
        "bool1": .truth(true), "colors": .list(["red", "yellow", "green"]),
        "bare_key-2": .text(""),
      ])
  }

  @Test func `a text stays itself when it is quoted and read`() throws {
    for text in [
      "", "\"", "\\", "a\tb\r\nc", "\u{0}\u{1F}\u{7F}", "é 𝄞 'x' # y", "\\u0041",
      // What Swift takes for one character with the sign before it, and for the end of a line.
      "\u{301}a\"\u{301}", "\u{0}\u{746}", "\\\u{301}", "a\u{2028}b\u{85}c",
    ] {
      let line = "x = \(FlatTOML.quoted(text))"
      #expect(try entries(line) == ["x": .text(text)], "\(line)")
      #expect(ConfigurationEntry(name: "x", value: .text(text)).line == line)
    }
  }

  @Test func `an error names its line, counted from 1`() {
    for (text, line) in [
      ("a = 1\n\n= 2", 3), ("a = \"x", 1), ("# x\na = [1]", 2), ("a = 1\na = 2", 2),
    ] {
      let fault = #expect(throws: FlatTOML.Fault.self) { try entries(text) }
      #expect(fault?.line == line, "\(text)")
    }
  }

  @Test(arguments: ["\n", "\r\n", "\r"])
  func `lines end as they do on any system`(end: String) throws {
    #expect(
      try entries("\u{FEFF}a = 1\(end)\(end)# b\(end)c = \"d\"\(end)") == [
        "a": .number("1"), "c": .text("d"),
      ])
  }

  @Test func `a setting is the same on the command line and in a file`() {
    let entries: [(ConfigurationEntry, [String], String)] = [
      (.init(name: "title", value: .text("-x y")), ["--title=-x y"], "title = \"-x y\""),
      (.init(name: "seed", value: .number("-1")), ["--seed=-1"], "seed = -1"),
      (.init(name: "holds", value: .truth(true)), ["--holds"], "holds = true"),
      (.init(name: "holds", value: .truth(false)), ["--no-holds"], "holds = false"),
      (
        .init(name: "source", value: .list(["a", "b"])), ["--source=a", "--source=b"],
        "source = [\"a\", \"b\"]"
      ),
      (.init(name: "frame"), [], "# frame is not set"),
    ]
    for (entry, arguments, line) in entries {
      #expect(entry.arguments == arguments)
      #expect(entry.line == line)
    }
  }

  @Test func `flags go before the preset, and what depends on them goes with them`() throws {
    func lines(_ flags: String...) throws -> [String] {
      try TrainCommand.layered(flags).listing.map(\.line)
    }
    // The preset: 2 layers of 384, remi without velocities, 10 epochs.
    #expect(
      try Set(lines("--preset", "folk")).isSuperset(of: [
        "layers = 2", "hidden = 384", "tokens = \"remi\"", "velocity-bins = 0", "epochs = 10",
      ]))
    #expect(
      try Set(lines("--preset", "folk", "--hidden", "9", "--steps", "5", "--tokens", "tsd"))
        .isSuperset(of: [
          "layers = 2", "hidden = 9", "tokens = \"tsd\"", "# velocity-bins is not set",
          "# epochs is not set", "steps = 5",
        ]))
  }

  @Test func `train runs with the arguments that it is given`() async throws {
    // The preset's pianoroll tells no tempo, whatever the test's own arguments are.
    let failure = await #expect(throws: Failure.self) {
      try await MuseGenCommand.run(["train", "x", "--preset", "jsb-frames", "--stretch", "0.1"])
    }
    #expect(failure?.code == .usage)
    #expect(failure?.message.hasPrefix("--stretch has no effect") == true)
  }

  @Test func `lengths of time are read in every way of writing them`() {
    for (text, seconds) in [
      ("90", 90.0), ("90s", 90), ("1.5m", 90), ("1h30m", 5_400), ("1:30", 90), ("1:02:03", 3_723),
      ("2d", 172_800), ("0.5", 0.5), ("1m1.5s", 61.5), ("2 min", 120), ("2min", 120),
      ("1 Hour 30 minutes", 5_400), ("1h 30m", 5_400), ("90 sec", 90), ("1 s", 1),
      (" 3 days ", 259_200),
    ] { #expect(TimeSpan(argument: text)?.seconds == seconds, "\(text)") }
    for text in [
      "", "s", "-1", "1x", "min", "2 mon", "1 2", "1 m 3", "1,5m", "1m30", "1:2:3:4", "nan", "inf",
      "0x10", "1e3", ":30", "1.2.3", "1:99", "1:60", "1:60:00", "1:00:75",
    ] {
      #expect(TimeSpan(argument: text) == nil, "\(text)")
    }
  }

  @Test func `lengths of time are told as clocks tell them`() {
    for (seconds, text) in [
      (0.0, "0 s"), (59.4, "59 s"), (59.5, "1:00"), (187, "3:07"), (3_599.6, "1:00:00"),
      (3_723, "1:02:03"), (.infinity, "-"),
    ] { #expect(ClockText.duration(seconds) == text) }
  }
}
