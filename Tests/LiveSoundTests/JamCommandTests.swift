import Foundation
import MuseGen
import TestSupport
import Testing

extension LiveSoundTests {
  /// `musegen jam` with a scripted player at a stand-in for the kernel's sequencer, by the clock.
  struct JamCommandTests {
    let command: Command
    let sequencer: StandInSequencer

    // Numbers of ALSA's <alsa/seq_event.h>.
    private static let (noteOn, noteOff, controller, program) = (6, 7, 10, 11)
    private static let (clock, sensing, gone, dump) = (36, 42, 67, 130)

    /// At 240 quarter notes a minute a bar lasts a second.
    private let time = ["--tempo", "240", "--answer-bars", "2", "--seed", "1"]

    init() throws {
      command = try Command()
      sequencer = try StandInSequencer()
      try command.trainJamModel()
    }

    private func event(
      _ seconds: Double, _ type: Int, _ number: Int, _ value: Int, channel: Int = 0
    ) -> StandInSequencer.Event {
      StandInSequencer.Event(
        microseconds: Int(seconds * 1e6), type: type, channel: channel, number: number,
        value: value)
    }

    /// Eight notes in a second.
    private func call(from seconds: Double) -> [StandInSequencer.Event] {
      (0..<8).flatMap { index in
        let onset = seconds + Double(index) / 8
        return [
          event(onset, Self.noteOn, 60 + index, 90),
          event(onset + 0.1, Self.noteOff, 60 + index, 64),
        ]
      }
    }

    private func score(_ name: String) throws -> Score {
      let data = try Data(contentsOf: command.folder.appending(path: name))
      return Score(try MIDIFile(bytes: Array(data)))
    }

    private func run(
      _ arguments: [String], for seconds: Double, by signal: Int32 = SIGINT,
      fileSizeLimit: Int? = nil
    ) throws -> Command.Outcome {
      let environment = sequencer.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
      return try command.run(
        ["jam", "--in", "128:0", "--out", "128:0"] + time + arguments, environment: environment,
        interruptedAfter: seconds, by: signal, fileSizeLimit: fileSizeLimit)
    }

    /// A jam that goes on while the test looks at it.
    private func start(
      _ environment: [String: String], _ arguments: [String] = [],
      printingTo output: Any = FileHandle.nullDevice
    ) throws -> Process {
      let process = Process()
      process.executableURL = URL(filePath: "\(command.executableFolder)/musegen")
      process.arguments = ["jam", "--in", "128:0", "--out", "128:0"] + time + arguments
      process.currentDirectoryURL = command.folder
      process.environment = ProcessInfo.processInfo.environment
        .merging(sequencer.environment) { $1 }.merging(environment) { $1 }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      return process
    }

    /// Waits until something is so, or for ten seconds.
    private func wait(until condition: () throws -> Bool) rethrows -> Bool {
      for _ in 0..<200 {
        if try condition() { return true }
        Thread.sleep(forTimeInterval: 0.05)
      }
      return try condition()
    }

    private var isAnswered: Bool {
      get throws {
        try sequencer.events().contains {
          $0.type == Self.noteOn && $0.value > 0 && $0.channel != 0
        }
      }
    }

    @Test func `where nobody reads what is printed, a call is answered, and both are saved`() throws
    {
      try sequencer.play(call(from: 0.5))
      // F_GETPIPE_SZ of <fcntl.h>: as many bytes as the pipe has room for.
      let output = Pipe()
      let room = fcntl(output.fileHandleForWriting.fileDescriptor, 1032)
      try #require(room > 0)
      try output.fileHandleForWriting.write(contentsOf: Data(count: Int(room)))
      let process = try start([:], printingTo: output)
      #expect(try wait { try isAnswered })
      kill(process.processIdentifier, SIGINT)
      #expect(try wait { try command.files.contains("jam.mid") })
      // Running the process has closed it here, or not.
      try? output.fileHandleForWriting.close()
      let printed = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      #expect(process.terminationStatus == 130)
      let lines = String(decoding: printed.dropFirst(Int(room)), as: UTF8.self)
      #expect(lines.hasPrefix("seed 1\n") && lines.contains("jam.mid: "), "\(lines)")
      #expect(try score("jam.mid").tracks[0].notes.count == 8)
    }

    @Test func `where the journal's disk has stopped, a call is answered, and both are saved`()
      throws
    {
      try sequencer.play(call(from: 0.5))
      let library = command.folder.appending(path: "disk.so")
      try CompiledLibrary("disk.c").write(to: library)
      let preloaded = [sequencer.environment["LD_PRELOAD"] ?? "", library.path]
      let process = try start([
        "LD_PRELOAD": preloaded.joined(separator: ":"), "MUSEGEN_TEST_ENDING": ".jam",
      ])
      #expect(try wait { try isAnswered })
      let journal = try String(
        contentsOf: command.folder.appending(path: "jam.jam"), encoding: .utf8)
      #expect(journal == "musegen jam 1 4/4\n")
      kill(process.processIdentifier, SIGINT)
      #expect(wait { !process.isRunning })
      #expect(process.terminationStatus == 130)
      #expect(try score("jam.mid").tracks[0].notes.count == 8)
      #expect(try !command.files.contains("jam.jam"))
    }

    @Test func `a call is answered in time, and both are saved as tracks`() throws {
      try sequencer.play(call(from: 0.5))
      let outcome = try run([], for: 8)
      #expect(outcome.code == 130)
      #expect(outcome.output.contains("seed 1\n"))
      #expect(outcome.output.contains("jam.mid: "))
      let strikes = try sequencer.events().filter { $0.type == Self.noteOn && $0.value > 0 }
      #expect(strikes.count { $0.channel == 0 } == 8)
      #expect(strikes.contains { $0.channel != 0 })
      let saved = try score("jam.mid")
      #expect(saved.tracks[0].name == "Played")
      #expect(saved.tracks.dropFirst().allSatisfy { $0.name == "Answered" })
      #expect(saved.tracks.count > 1)
      #expect(saved.tracks[0].notes.map(\.pitch) == (60..<68).map { UInt8($0) })
      #expect(try !command.files.contains("jam.jam"))
      // Nothing goes on sounding.
      let last = try sequencer.events().suffix(48)
      #expect(last.allSatisfy { $0.value == 0 })
    }

    @Test func `a program that is asked for is heard behind a port, and stands in the file`() throws
    {
      // The keyboard chooses another one.
      try sequencer.play([event(0.3, Self.program, 0, 12)] + call(from: 0.5))
      let outcome = try run(["--program", "violin"], for: 8)
      #expect(outcome.code == 130, "\(outcome.errors)")
      let sent = try sequencer.events().filter { $0.type == Self.program }
      let channels = Set(sent.map { $0.channel })
      #expect(channels == Set(0..<16).subtracting([9]))
      #expect(sent.allSatisfy { $0.value == 40 })
      let saved = try score("jam.mid")
      #expect(saved.tracks.count > 1)
      let programs = ChannelPrograms(saved)
      let played = saved.tracks.map { Array(programs.programs(of: $0)) }
      #expect(played.allSatisfy { $0 == [40] }, "\(played)")
    }

    @Test func `what was played before a kill is made a file of later`() throws {
      try sequencer.play(call(from: 0.5))
      _ = try run([], for: 4, by: SIGKILL)
      #expect(try command.files.contains("jam.jam"))
      #expect(try !command.files.contains("jam.mid"))
      let outcome = try command.run(["jam", "--recover", "jam.jam", "-o", "kept.mid"])
      #expect(outcome.code == 0, "\(outcome.errors)")
      let saved = try score("kept.mid")
      #expect(saved.tracks[0].notes.map(\.pitch) == (60..<68).map { UInt8($0) })
    }

    @Test func `of what was played before a kill no more than a second is lost`() throws {
      // Ten notes a second, beyond the kill.
      try sequencer.play(
        (0..<200).flatMap { index in
          let (onset, pitch) = (0.5 + Double(index) / 10, 40 + index % 60)
          return [
            event(onset, Self.noteOn, pitch, 90), event(onset + 0.05, Self.noteOff, pitch, 64),
          ]
        })
      _ = try run([], for: 6, by: SIGKILL)
      let passed = try sequencer.events().count {
        $0.type == Self.noteOn && $0.value > 0 && $0.channel == 0
      }
      try #require(passed > 20)
      let outcome = try command.run(["jam", "--recover", "jam.jam", "-o", "kept.mid"])
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(try score("kept.mid").tracks[0].notes.count >= passed - 10)
    }

    @Test func `a jam is gone on from, and learnt from`() throws {
      try sequencer.play(call(from: 0.5))
      _ = try run([], for: 7)
      let outcome = try run(
        ["--primer", "jam.mid", "--adapt", "jam.mid", "-o", "next.mid"], for: 8)
      #expect(outcome.code == 130, "\(outcome.errors)")
      // What was played before is no part of it.
      let next = try score("next.mid")
      #expect(next.tracks[0].notes.map(\.pitch) == (60..<68).map { UInt8($0) })
      #expect(next.tracks.count > 1)
    }

    @Test func `Open Sound Control steers, and tells whose turn it is`() throws {
      try sequencer.play(call(from: 0.5))
      let listener = try ControlPort(number: 0)
      // One that nobody has.
      let number = try ControlPort(number: 0).number
      let process = try start(
        [:], ["--cue", "pedal", "--osc", "\(number)", "--osc-to", "\(listener.number)"])
      let isPlayed = try wait {
        try sequencer.events().count { $0.type == Self.noteOn && $0.value > 0 } == 8
      }
      #expect(isPlayed)
      let sender = try ControlPort(number: 0, sendingTo: number)
      sender.send(ControlMessage("/musegen/tempo", [.number(90)]))
      // A button that is pressed and let go.
      sender.send(ControlMessage("/musegen/answer", [.number(1)]))
      sender.send(ControlMessage("/musegen/answer", [.number(0)]))
      var told: [ControlMessage] = []
      let expected = [
        ControlMessage("/musegen/turn", [.text("call")]),
        ControlMessage("/musegen/tempo", [.number(240)]),
        ControlMessage("/musegen/tempo", [.number(90)]),
        ControlMessage("/musegen/turn", [.text("answer")]),
      ]
      let isHeeded = wait {
        told += listener.receive()
        return Set(told).isSuperset(of: expected)
      }
      #expect(isHeeded, "\(told)")
      #expect(told.contains { $0.address == "/musegen/beat" })
      kill(process.processIdentifier, SIGINT)
      process.waitUntilExit()
      #expect(process.terminationStatus == 130)
    }

    @Test(.enabled(if: TerminalSession.isAvailable, "util-linux's script is not installed"))
    func `a knob that is turned behind its key on the terminal steers from then on`() throws {
      // One that is turned up again and again, for twenty seconds.
      let knob = (0..<100).map { event(0.3 + Double($0) / 5, Self.controller, 21, 127) }
      try sequencer.play((call(from: 0.5) + knob).sorted { $0.microseconds < $1.microseconds })
      // For musegen alone, not for the shells around it.
      let variables = sequencer.environment.map { "\($0)='\($1)'" }.sorted()
      let line = variables.joined(separator: " ") + " musegen jam --in 128:0 --out 128:0"
      let session = try TerminalSession(
        line, in: command, typing: [(1, "1"), (4, "q")], onceShown: "you play")
      #expect(session.code == 0, "\(session.output)")
      #expect(session.output.contains("temperature 1.00"))
      #expect(session.output.contains("temperature 2.00"))
      // Before it was learnt it was passed on as music, and no more.
      let passed = try sequencer.events().count {
        $0.type == Self.controller && $0.number == 21
      }
      #expect(passed > 0 && passed < 20, "\(passed)")
      #expect(try score("jam.mid").tracks[0].notes.count == 8)
    }

    @Test func `a keyboard that is unplugged is heard again when it is back`() throws {
      // One of its keys is down.
      let held = event(1.8, Self.noteOn, 72, 90)
      try sequencer.play(
        call(from: 0.5) + [held, event(2, Self.gone, 128, 0)] + call(from: 4))
      let outcome = try run([], for: 8)
      #expect(outcome.output.contains("128:0 is gone; listening for it"))
      #expect(outcome.output.contains("128:0 is back"))
      let saved = try score("jam.mid")
      #expect(saved.tracks[0].notes.count == 17)
      // Within about a second it is let go: four quarter notes of 480 ticks.
      let last = try #require(saved.tracks[0].notes.first { $0.pitch == 72 })
      #expect(last.duration < 4_000)
    }

    @Test func `a keyboard that comes back under another number is found by its name`() throws {
      // Meanwhile another device has got its number.
      try sequencer.play(
        call(from: 0.5) + [event(2, Self.gone, 128, 0, channel: 131)] + call(from: 4))
      let outcome = try run([], for: 8)
      #expect(outcome.output.contains("128:0 is back"))
      let saved = try score("jam.mid")
      #expect(saved.tracks[0].notes.count == 16)
    }

    @Test func `dumps of instruments and signs of life, thousands a second, keep nobody waiting`()
      throws
    {
      let flood = (0..<20_000).map { event(0.3 + Double($0) / 5_000, Self.dump, 0, 256) }
      let signs = (0..<10).map { event(0.3 + 0.2 * Double($0), Self.sensing, 0, 0) }
      // One is longer than what alsa-lib reads at once.
      let events = flood + signs + call(from: 1) + [event(0.9, Self.dump, 0, 40_000)]
      try sequencer.play(events.sorted { $0.microseconds < $1.microseconds })
      let outcome = try run([], for: 8)
      #expect(outcome.code == 130, "\(outcome.errors)")
      #expect(try isAnswered)
      #expect(try score("jam.mid").tracks[0].notes.map(\.pitch) == (60..<68).map { UInt8($0) })
    }

    @Test func `a synthesizer that goes is told of, and plays on with its program when it is back`()
      throws
    {
      // A port of another number than the keyboard's: it is the listener that goes.
      try sequencer.play(
        [event(0.3, Self.program, 0, 40)] + call(from: 0.5) + [event(2, Self.gone, 128, 1)]
          + call(from: 5))
      let outcome = try run([], for: 9)
      #expect(outcome.output.contains("128:0 is gone, and nothing is heard; waiting for it"))
      #expect(outcome.output.contains("128:0 is back"))
      let events = try sequencer.events().filter { $0.channel == 0 }
      #expect(events.count { $0.type == Self.noteOn && $0.value > 0 } == 16)
      #expect(events.count { $0.type == Self.program && $0.value == 40 } == 2)
    }

    @Test func `where the disk is full the journal has whole lines, and makes a file`() throws {
      try sequencer.play(call(from: 0.5) + call(from: 1.5) + call(from: 2.5))
      _ = try run([], for: 5, by: SIGKILL, fileSizeLimit: 1)
      let journal = try Data(contentsOf: command.folder.appending(path: "jam.jam"))
      #expect(journal.count <= 1_024)
      #expect(journal.last == UInt8(ascii: "\n"))
      let lines = String(decoding: journal, as: UTF8.self).split(separator: "\n")
      try #require(lines.count > 8)
      #expect(lines.dropFirst().allSatisfy { [3, 5].contains($0.split(separator: " ").count) })
      let outcome = try command.run(["jam", "--recover", "jam.jam", "-o", "kept.mid"])
      #expect(outcome.code == 0, "\(outcome.errors)")
    }

    @Test func `a jam that cannot be saved says what makes a file of its journal`() throws {
      // More than a kilobyte of music.
      try sequencer.play(
        (0..<150).flatMap { index in
          let (onset, pitch) = (0.5 + Double(index) / 50, 40 + index % 40)
          return [
            event(onset, Self.noteOn, pitch, 90), event(onset + 0.01, Self.noteOff, pitch, 64),
          ]
        })
      let outcome = try run([], for: 6, fileSizeLimit: 1)
      #expect(outcome.code == 74)
      #expect(
        outcome.errors
          == "musegen: jam.mid: cannot write: file too large; the journal stays: "
          + "musegen jam --recover jam.jam -o FILE\n")
      #expect(try !command.files.contains("jam.mid"))
      let recovered = try command.run(["jam", "--recover", "jam.jam", "-o", "other.mid"])
      #expect(recovered.code == 0, "\(recovered.errors)")
      #expect(try score("other.mid").tracks[0].notes.count > 8)
    }

    @Test func `a clock goes out, 24 for a quarter note, beside the music`() throws {
      let outcome = try run(["--send-clock", "--metronome"], for: 5)
      #expect(outcome.code == 130)
      let clocks = try sequencer.events().filter { $0.type == Self.clock }.map(\.microseconds)
      try #require(clocks.count > 100)
      // At 240 a minute one comes each 1/96 s.
      let mean = Double(clocks[clocks.count - 1] - clocks[0]) / Double(clocks.count - 1)
      #expect(abs(mean - 1e6 / 96) < 20)
    }

    @Test func `where no model is named, the first that can play so does`() throws {
      let own = try command.run("jam", "--mode", "accompany", "--out", "128:0")
      #expect(own.code == 65)
      #expect(
        own.errors
          == "musegen: the model writes to no given part, expected one that learned to for --mode "
          + "accompany; -m song can\n")
      let given = try command.run("jam", "-m", "song", "--out", "128:0")
      #expect(given.code == 65)
      #expect(given.errors.hasSuffix("expected --mode accompany or another model; -m piano can\n"))
      let frames = try command.run("jam", "-m", "chorales", "--mode", "duet", "--out", "128:0")
      #expect(frames.code == 65)
      #expect(frames.errors.hasSuffix("for both to play at once; -m piano can\n"))
      try FileManager.default.removeItem(
        at: command.folder.appending(path: "model.safetensors"))
      for (mode, name) in [("accompany", "song"), ("duet", "piano"), ("answer", "piano")] {
        // Nobody is at that port: the model is chosen, and no jam begins.
        let outcome = try command.run(
          ["jam", "--mode", mode, "--in", "20:0", "--out", "128:0"],
          environment: sequencer.environment)
        #expect(outcome.code == 69, "\(outcome.errors)")
        let told = "musegen: no model.safetensors here: taking the model \(name); "
        #expect(outcome.errors.hasPrefix(told), "\(outcome.errors)")
      }
    }

    @Test func `what cannot be is told in one line`() throws {
      let port = try command.run(
        ["jam", "--in", "20:0", "--out", "128:0"], environment: sequencer.environment)
      #expect(port.code == 69)
      #expect(
        port.errors
          == "musegen: MIDI port 20:0: no such device or address; musegen devices lists the ports\n"
      )
      for (arguments, words) in [
        (["--metre", "4"], "--metre is \"4\", expected such as 3/4 or 6/8"),
        (["--channel", "17"], "--channel is 17, expected 1 to 16"),
        (["--silence", "2", "--cue", "pedal"], "--silence has no effect"),
        (["--latency", "0.1"], "--latency has no effect"),
        (["--adapt-minutes", "5"], "--adapt-minutes has no effect without --adapt"),
        (
          ["--adapt", "piece.mid", "--adapt-minutes", "0"],
          "--adapt-minutes is 0.0, expected 0.1 to 1440"
        ),
        (["-o", "-"], "-o - is a stream"),
        (["--recover", "piece.mid"], "has no effect with --recover"),
      ] {
        let outcome = try command.run(["jam", "--out", "128:0"] + arguments)
        #expect(outcome.code == 64, "\(arguments)")
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
      }
      let rate = try command.run(["jam", "--jack", "--sample-rate", "48000"])
      #expect(rate.code == 64)
      #expect(rate.errors.contains("--sample-rate has no effect with --jack"), "\(rate.errors)")
      let journal = try command.run(["jam", "--recover", "piece.mid"])
      #expect(journal.code == 65)
      #expect(journal.errors == "musegen: piece.mid: no journal of a jam\n")
      // A journal that was sent through a mail or an editor elsewhere.
      let lines = "musegen jam 1 4/4\r\n0 played 144 60 90\r\n1 played 128 60 0\r\n"
      let elsewhere = command.folder.appending(path: "elsewhere.jam")
      try Data(lines.utf8).write(to: elsewhere)
      let itself = try command.run([
        "jam", "--recover", "elsewhere.jam", "-o", "./elsewhere.jam", "--overwrite",
      ])
      #expect(itself.code == 64)
      #expect(try Data(contentsOf: elsewhere) == Data(lines.utf8))
      #expect(try command.run(["jam", "--recover", "elsewhere.jam", "-o", "whole.mid"]).code == 0)
      #expect(try score("whole.mid").tracks[0].notes.map(\.duration) == [480])
      // What goes to standard output is the file alone.
      let streamed = try command.shell("\"$M\" jam --recover elsewhere.jam -o - > streamed.mid")
      #expect(streamed.code == 0 && streamed.errors.contains("1 note"), "\(streamed.errors)")
      let files = try ["whole.mid", "streamed.mid"].map {
        try Data(contentsOf: command.folder.appending(path: $0))
      }
      #expect(files[0] == files[1])
      // A machine that lost its power in the middle of a line: which velocity it was nobody knows.
      let cut = "musegen jam 1 4/4\n0 played 144 60 90\n1 played 128 60 0\n1 played 144 62 9"
      try Data(cut.utf8).write(to: command.folder.appending(path: "cut.jam"))
      #expect(try command.run(["jam", "--recover", "cut.jam", "-o", "cut.mid"]).code == 0)
      #expect(try score("cut.mid").tracks[0].notes.map(\.pitch) == [60])
      // Settings are checked before anything is loaded.
      for latency in ["nan", "-1", "5"] {
        let outcome = try command.run(["jam", "-m", "nowhere.safetensors", "--latency", latency])
        #expect(outcome.code == 64, "\(latency)")
        #expect(outcome.errors.contains("expected 0.01 to 2 seconds"), "\(outcome.errors)")
      }
      let text = "musegen jam 1 1/3\n0 played 144 60 90\n1 played 128 60 0\n"
      try Data(text.utf8).write(to: command.folder.appending(path: "thirds.jam"))
      #expect(try command.run(["jam", "--recover", "thirds.jam"]).code == 65)
    }
  }
}

extension Command {
  /// Trains a model small enough to jam with in a test, under the standard name.
  func trainJamModel() throws {
    let notes = (0..<40).map { index in
      Note(onset: index * 240, duration: 200, pitch: UInt8(60 + index % 12), velocity: 90)
    }
    try write(
      Score(tracks: [Track(notes: notes)], endTick: 40 * 240).midiFile().bytes(),
      to: "piece.mid")
    let outcome = try run(
      "train", "piece.mid", "--steps", "2", "--hidden", "16", "--layers", "1")
    try #require(outcome.code == 0, "\(outcome.errors)")
  }
}
