import Foundation
import MuseGen
import TestSupport
import Testing

extension LiveSoundTests {
  /// What `musegen play -o` leaves of new music, beside what `musegen generate` writes.
  @Suite(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
  struct KeptMusicTests {
    let command: Command

    init() throws {
      command = try Command()
      let notes = (0..<40).map { index in
        Note(onset: index * 480, duration: 400, pitch: UInt8(60 + index % 12), velocity: 90)
      }
      let piece = Score(tracks: [Track(notes: notes)], endTick: 40 * 480)
      try command.write(piece.midiFile().bytes(), to: "piece.mid")
    }

    private func train(_ tokens: String) throws {
      let outcome = try command.run(
        "train", "piece.mid", "--steps", "2", "--hidden", "16", "--layers", "1", "--tokens",
        tokens)
      try #require(outcome.code == 0, "\(outcome.errors)")
    }

    private func bytes(_ name: String) throws -> [UInt8] {
      Array(try Data(contentsOf: command.folder.appending(path: name)))
    }

    private func score(_ name: String) throws -> Score { Score(try MIDIFile(bytes: bytes(name))) }

    /// What `generate` writes of a seed.
    private func generated(_ seed: Int, length: String) throws -> Score {
      let outcome = try command.run(
        "generate", "--seed", "\(seed)", "--length", length, "-o", "\(seed).mid")
      try #require(outcome.code == 0, "\(outcome.errors)")
      return try score("\(seed).mid")
    }

    /// The beginning of a piece up to a tick, with the instruments that play in it.
    private func beginning(of score: Score, until tick: Int) -> Score {
      var beginning = score.trimmed(to: 0..<tick)
      beginning.tracks.removeAll(where: \.notes.isEmpty)
      return beginning
    }

    static let tokens = ["performance", "tsd", "remi", "pianoroll"]

    @Test(arguments: tokens)
    func `a piece that is cut short is kept as generate writes it up to there`(
      _ tokens: String
    ) throws {
      try train(tokens)
      let device = try ScriptedDevice { script in
        script.speed = 4
        script.trouble = "loss"
        script.troubleFrame = 6 * 44_100
      }
      let outcome = try command.run(
        ["play", "--seed", "7", "-o", "kept.mid", "--device", ScriptedDevice.name],
        environment: device.environment)
      #expect(outcome.code == 69)
      let (kept, whole) = (try score("kept.mid"), try generated(7, length: "60"))
      // What was heard is a rest shorter than the piece up to there.
      #expect((5.0...12).contains(kept.tempoMap.seconds(atTick: kept.endTick)))
      #expect(!kept.tracks.isEmpty)
      #expect(kept == beginning(of: whole, until: kept.endTick))
    }

    @Test(arguments: tokens)
    func `a piece that is heard to its end is the very file that generate writes`(
      _ tokens: String
    ) throws {
      try train(tokens)
      let outcome = try command.run(
        "play", "--seed", "7", "--length", "5", "-o", "kept.mid", "--device", "null")
      #expect(outcome.code == 0, "\(outcome.errors)")
      _ = try generated(7, length: "5")
      #expect(try bytes("kept.mid") == bytes("7.mid"))
    }

    @Test(arguments: ["performance", "tsd"])
    func `of piece after piece each is kept as generate writes it, from a bar line on`(
      _ tokens: String
    ) throws {
      try train(tokens)
      let device = try ScriptedDevice { script in
        script.trouble = "loss"
        script.troubleFrame = 20 * 44_100
      }
      _ = try command.run(
        [
          "play", "--forever", "--seed", "7", "--length", "4", "-o", "kept.mid", "--device",
          ScriptedDevice.name,
        ], environment: device.environment)
      let kept = try score("kept.mid")
      let starts = kept.texts.map(\.tick)
      try #require(starts.count > 2)
      let metre = try #require(kept.metreMap)
      for (index, start) in starts.enumerated() {
        #expect(metre.tick(ofBar: metre.bar(at: start)) == start)
        #expect(kept.texts[index].text == "musegen, model of a piece, seed \(7 + index)")
        let whole = try generated(7 + index, length: "4")
        let next = index + 1 < starts.count ? starts[index + 1] : kept.endTick
        let part = kept.trimmed(to: start..<next)
        #expect(part.division == whole.division)
        for track in whole.tracks {
          let found = part.tracks.first { $0.channel == track.channel }?.notes ?? []
          let isLast = index + 1 == starts.count
          #expect(
            found
              == (isLast ? whole.trimmed(to: 0..<max(1, next - start)) : whole).tracks
              .first { $0.channel == track.channel }?.notes)
        }
      }
    }

    /// Waits until something is so, or for ten seconds.
    private func wait(until condition: () throws -> Bool) rethrows -> Bool {
      for _ in 0..<200 {
        if try condition() { return true }
        Thread.sleep(forTimeInterval: 0.05)
      }
      return try condition()
    }

    @Test func `where nobody reads what is printed, what was heard is kept even so`() throws {
      try train("tsd")
      let device = try ScriptedDevice { $0.speed = 1 }
      // F_GETPIPE_SZ of <fcntl.h>: as many bytes as the pipe has room for.
      let output = Pipe()
      let room = fcntl(output.fileHandleForWriting.fileDescriptor, 1032)
      try #require(room > 0)
      try output.fileHandleForWriting.write(contentsOf: Data(count: Int(room)))
      let process = Process()
      process.executableURL = URL(filePath: "\(command.executableFolder)/musegen")
      // No MIDI file, which is written again and again as music is played.
      process.arguments = [
        "play", "--forever", "--seed", "7", "-o", "kept.wav", "--device", ScriptedDevice.name,
      ]
      process.currentDirectoryURL = command.folder
      process.environment = ProcessInfo.processInfo.environment.merging(device.environment) { $1 }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      #expect(wait { ((try? device.played().count) ?? 0) > 2 * 8 * 44_100 })
      kill(process.processIdentifier, SIGINT)
      #expect(try wait { try command.files.contains("kept.wav") })
      // Running the process has closed it here, or not.
      try? output.fileHandleForWriting.close()
      let printed = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      #expect(process.terminationStatus == 130)
      let lines = String(decoding: printed.dropFirst(Int(room)), as: UTF8.self)
      #expect(lines.contains("\nkept.wav: "), "\(lines)")
    }

    @Test func `killed as it plays, it leaves all but the last second`() throws {
      try train("tsd")
      let device = try ScriptedDevice { $0.speed = 1 }
      let process = Process()
      process.executableURL = URL(filePath: "\(command.executableFolder)/musegen")
      process.arguments = [
        "play", "--forever", "--seed", "7", "-o", "kept.mid", "--device", ScriptedDevice.name,
      ]
      process.currentDirectoryURL = command.folder
      process.environment = ProcessInfo.processInfo.environment.merging(device.environment) { $1 }
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      let deadline = Date(timeIntervalSinceNow: 20)
      func playedSeconds() -> Double { Double((try? device.played().count) ?? 0) / 8 / 44_100 }
      while playedSeconds() < 4, Date() < deadline { usleep(20_000) }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let kept = try score("kept.mid")
      // The device is given sound some tenths of a second before it is heard.
      #expect(kept.tempoMap.seconds(atTick: kept.endTick) > 4 - 1 - 0.5)
      let whole = try generated(7, length: "60")
      #expect(kept == beginning(of: whole, until: kept.endTick))
    }
  }
}
