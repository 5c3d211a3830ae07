import Foundation
import MuseGen
import TestSupport
import Testing

extension LiveSoundTests {
  @Suite(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
  struct PlayCommandTests {
    let command: Command
    /// Twenty seconds, a note each half second.
    let piece = Score(
      tracks: [
        Track(
          notes: (0..<40).map { index in
            Note(onset: index * 480, duration: 400, pitch: UInt8(60 + index % 12), velocity: 90)
          })
      ], endTick: 40 * 480)

    init() throws {
      command = try Command()
      try command.write(piece.midiFile().bytes(), to: "piece.mid")
    }

    private func train() throws {
      let outcome = try command.run(
        "train", "piece.mid", "--steps", "2", "--hidden", "16", "--layers", "1")
      try #require(outcome.code == 0, "\(outcome.errors)")
    }

    @Test func `where output is no terminal it is plain and tells how soon the first sound came`()
      throws
    {
      let outcome = try command.run("play", "piece.mid", "--device", "null")
      #expect(outcome.code == 0)
      #expect(outcome.errors == "")
      let lines = outcome.output.split(separator: "\n")
      try #require(lines.count == 2)
      #expect(lines[0] == "piece.mid: \(PieceStatistics(piece))")
      let told = try #require(
        lines[1].wholeMatch(of: /played 20 s, first sound after (\d+\.\d\d) s/))
      // Without a clock to wait for, all was played in less time than the piece takes.
      #expect((0.01..<10).contains(try #require(Double(told.1))))
    }

    @Test func `a device that is lost is told in one line`() throws {
      let device = try ScriptedDevice { script in
        script.trouble = "loss"
        script.troubleFrame = 60_000
      }
      let outcome = try command.run(
        ["play", "piece.mid", "--device", ScriptedDevice.name], environment: device.environment)
      #expect(outcome.code == 69)
      #expect(outcome.errors == "musegen: sound device scripted was lost: no such device\n")
    }

    @Test func `when the device is lost, the new music that was heard is saved`() throws {
      try train()
      let device = try ScriptedDevice { script in
        script.speed = 4
        script.trouble = "loss"
        script.troubleFrame = 4 * 44_100
      }
      let outcome = try command.run(
        ["play", "--seed", "7", "--device", ScriptedDevice.name], environment: device.environment)
      #expect(outcome.code == 69)
      #expect(outcome.errors == "musegen: sound device scripted was lost: no such device\n")
      #expect(outcome.output.contains("\nmusegen-7.mid: "))
      let saved = Score(
        try MIDIFile(
          bytes: Array(Data(contentsOf: command.folder.appending(path: "musegen-7.mid")))))
      #expect(!saved.tracks.flatMap(\.notes).isEmpty)
      #expect(saved.title == "musegen piece, seed 7")
      // What was heard, after the rest that the piece may begin with.
      let seconds = saved.tempoMap.seconds(atTick: saved.endTick)
      let rest = saved.tempoMap.seconds(
        atTick: saved.tracks.flatMap(\.notes).map(\.onset).min() ?? 0)
      #expect((3.0...4).contains(seconds - rest))
    }

    @Test func `underruns are told`() throws {
      let device = try ScriptedDevice { script in
        script.trouble = "underrun"
        script.troubleFrame = 60_000
      }
      let outcome = try command.run(
        ["play", "piece.mid", "--device", ScriptedDevice.name], environment: device.environment)
      #expect(outcome.code == 0)
      #expect(outcome.output.hasSuffix(" s, 1 underrun\n"))
    }

    @Test func `music without end holds no more memory after many minutes than after a few`() throws
    {
      try train()
      let process = Process()
      process.executableURL = URL(filePath: "\(command.executableFolder)/musegen")
      // Without a clock to wait for, and at a low rate, minutes of music pass in a second.
      process.arguments = [
        "play", "--forever", "--length", "20", "--device", "null", "--sample-rate", "8000",
        "--reverb", "0", "--chorus", "0",
      ]
      process.currentDirectoryURL = command.folder
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      func memory() throws -> Int {
        let status = try String(
          contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = try #require(status.firstMatch(of: /VmRSS:\s+(\d+) kB/))
        return try #require(Int(line.1)) * 1024
      }
      usleep(1_000_000)
      let early = try memory()
      usleep(4_000_000)
      let late = try memory()
      kill(process.processIdentifier, SIGINT)
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 130)
      let clock = try #require(text.firstMatch(of: /played ([\d:]+)/)).1.split(separator: ":")
      let seconds = clock.reduce(0) { $0 * 60 + (Int($1) ?? 0) }
      #expect(clock.count > 1 && seconds > 600)
      // The notes of an hour are kept for saving: a megabyte or two.
      #expect(late - early < 5_000_000)
    }

    @Test func `a port where there is no sequencer is refused in one line`() throws {
      if FileManager.default.fileExists(atPath: "/dev/snd/seq") { return }
      for arguments in [
        ["play", "piece.mid", "--port", "128:0"], ["devices", "--silence", "128:0"],
      ] {
        let outcome = try command.run(arguments)
        #expect(outcome.code == 69)
        #expect(
          outcome.errors
            == "musegen: MIDI port sequencer: no such file or directory; musegen devices lists the ports\n"
        )
      }
    }

    /// Words before a command: none, and those that take away the right to real-time scheduling.
    private static let prefixes = [
      [], ["setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice"],
    ]

    @Test(arguments: prefixes)
    func `the thread that plays goes before others where the system allows it, and plays where not`(
      prefix: [String]
    ) throws {
      func start(_ words: [String], _ environment: [String: String] = [:]) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = prefix + words
        process.currentDirectoryURL = command.folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
      }
      let attempt = try start(["chrt", "-r", "10", "true"])
      attempt.waitUntilExit()
      let isAllowed = attempt.terminationStatus == 0

      let device = try ScriptedDevice { $0.speed = 1 }
      let player = try start(
        ["\(command.executableFolder)/musegen", "play", "piece.mid", "--device", "scripted"],
        device.environment)
      // It plays once the device has been given a second of sound.
      let deadline = Date(timeIntervalSinceNow: 10)
      while (try? device.played().count) ?? 0 < 44_100 * 8, Date() < deadline { usleep(20_000) }
      let tasks = "/proc/\(player.processIdentifier)/task"
      let policies = try FileManager.default.contentsOfDirectory(atPath: tasks).map { task in
        let stat = try String(contentsOfFile: "\(tasks)/\(task)/stat", encoding: .utf8)
        // The 41st field of proc(5), counted from the third, which follows the name's parenthesis.
        return stat.split(separator: ")").last?.split(separator: " ").dropFirst(38).first ?? ""
      }
      kill(player.processIdentifier, SIGINT)
      player.waitUntilExit()
      #expect(player.terminationStatus == 130)
      #expect(try device.played().count >= 44_100 * 8)
      // SCHED_RR is 2.
      #expect(policies.count { $0 == "2" } == (isAllowed ? 1 : 0))
    }

    @Test func `asked to end several times at once, it ends once and well`() throws {
      try train()
      let process = Process()
      process.executableURL = URL(filePath: "\(command.executableFolder)/musegen")
      process.arguments = ["play", "--forever", "--device", "null", "-o", "kept.mid"]
      process.currentDirectoryURL = command.folder
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      usleep(1_000_000)
      // As a terminal does that is closed, and a system that goes down.
      for signal in [SIGHUP, SIGTERM, SIGHUP] {
        kill(process.processIdentifier, signal)
        usleep(1_000)
      }
      process.waitUntilExit()
      #expect(process.terminationReason == .exit)
      // A machine that stands still for a moment hands it the first two together, in whatever order.
      #expect([128 + SIGHUP, 128 + SIGTERM].contains(process.terminationStatus))
      #expect(try command.files.contains("kept.mid"))
    }
  }
}
