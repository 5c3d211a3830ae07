import Foundation
import Glibc
import MuseGen
import TestSupport
import Testing

extension LiveSoundTests {
  /// `musegen jam` as a client of JACK, at a server without a sound card.
  @Suite(.enabled(if: JackServer.isInstalled, "no jackd is installed; apt install jackd2"))
  struct JackTests {
    let command: Command
    let server: JackServer

    init() throws {
      command = try Command()
      server = try JackServer()
      try command.trainJamModel()
    }

    @Test func `another client plays, and is answered in time`() throws {
      // Who plays is a client of its own, to which the command connects both ways.
      let player = try JackClient(soundFont: nil)
      let name = player.portName.dropLast("play".count)
      let start = try player.seconds()
      var call: [TimedMessage] = []
      for index in 0..<8 {
        let onset = start + 3 + Double(index) / 8
        call.append(
          TimedMessage(
            seconds: onset,
            message: .noteOn(channel: 0, pitch: UInt8(60 + index), velocity: 90)))
        call.append(
          TimedMessage(
            seconds: onset + 0.1,
            message: .noteOff(channel: 0, pitch: UInt8(60 + index), velocity: 64)))
      }
      try player.schedule(call)
      let outcome = try command.run(
        [
          "jam", "--jack", "--in", "\(name)music", "--out", "\(name)play", "--tempo", "240",
          "--answer-bars", "2", "--seed", "1",
        ], environment: server.environment, interruptedAfter: 9)
      #expect(outcome.code == 130, "\(outcome.errors)")
      let received = try player.receive(waiting: 0)
      let strikes = received.compactMap { each -> (UInt8, ContinuousClock.Instant)? in
        guard case .channel(.noteOn(let channel, _, let velocity)) = each.message, velocity > 0
        else { return nil }
        return (channel, each.instant)
      }
      // What is played is passed on, evenly as it was played.
      let passed = strikes.filter { $0.0 == 0 }.map(\.1)
      try #require(passed.count == 8)
      for (first, second) in zip(passed, passed.dropFirst()) {
        #expect(abs((second - first) / .seconds(1) - 0.125) < 0.03)
      }
      let answers = strikes.filter { $0.0 != 0 }.map(\.1)
      try #require(!answers.isEmpty)
      // Behind a bar of silence, a bar being a second, for two bars.
      let wait = (answers[0] - passed[7]) / .seconds(1)
      #expect(wait > 0.6 && wait < 2.6, "\(wait)")
      let data = try Data(contentsOf: command.folder.appending(path: "jam.mid"))
      let saved = Score(try MIDIFile(bytes: Array(data)))
      #expect(saved.tracks[0].notes.map(\.pitch) == (60..<68).map { UInt8($0) })
    }

    @Test func `a workstation's tempo is followed, by the bars that its transport tells`() throws {
      let library = command.folder.appending(path: "transport.so")
      try CompiledLibrary("transport.c").write(to: library)
      typealias Begin = @convention(c) (Double) -> UnsafeMutableRawPointer?
      let handle = unsafe dlopen(library.path, RTLD_NOW)
      guard let symbol = unsafe dlsym(handle, "begin_transport") else {
        Issue.record("the library cannot be loaded")
        return
      }
      let begin = unsafe unsafeBitCast(symbol, to: Begin.self)
      let isRolling = unsafe begin(100) != nil
      try #require(isRolling)
      let listener = try ControlPort(number: 0)
      let outcome = try command.run(
        [
          "jam", "--jack", "--follow", "clock", "--tempo", "140", "--osc-to",
          "\(listener.number)", "--seed", "1",
        ], environment: server.environment, interruptedAfter: 6)
      #expect(outcome.code == 130, "\(outcome.errors)")
      let messages = listener.receive()
      let tempos = messages.filter { $0.address == "/musegen/tempo" }.compactMap(\.number)
      #expect(tempos.first == 140)
      #expect(abs((tempos.last ?? 0) - 100) < 4)
      #expect(messages.contains { $0.address == "/musegen/beat" })
    }

    @Test func `what cannot be is told in one line`() throws {
      let port = try command.run(
        ["jam", "--jack", "--in", "nobody"], environment: server.environment)
      #expect(port.code == 69)
      #expect(
        port.errors
          == "musegen: JACK: no MIDI port's name begins with nobody; jack_lsp lists them\n")
      let alone = try command.run(
        ["jam", "--jack"], environment: ["JACK_DEFAULT_SERVER": "musegen-nobody"])
      #expect(alone.code == 69)
      #expect(
        alone.errors
          == "musegen: JACK: no server is running; start it with qjackctl, jackd or pw-jack\n")
      let device = try command.run("jam", "--jack", "--device", "default")
      #expect(device.code == 64)
      let latency = try command.run("jam", "--jack", "--latency", "nan")
      #expect(latency.code == 64)
      #expect(latency.errors.contains("expected 0.001 to 0.5 seconds"), "\(latency.errors)")
    }

    @Test(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
    func `what sounds through the server is what sounds in a file`() throws {
      let piece = try WrittenPiece()
      // A machine that is busy misses cycles, which is told; then it is played once more.
      for _ in 0..<5 {
        guard let played = try record(piece) else { continue }
        try piece.expectSound(in: played)
        return
      }
      Issue.record("the machine was too busy for a server of 64 frames")
    }

    @Test(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
    func `what a server renders that freewheels is what sounds in a file, on a busy machine too`()
      throws
    {
      let piece = try WrittenPiece()
      let played = try #require(try record(piece, whileFreewheeling: true))
      try piece.expectSound(in: played)
    }

    /// A piece, and its samples as they are written to a file.
    private struct WrittenPiece {
      let font: SoundFont
      let settings: SynthesizerSettings
      let performance = JackTests.arpeggio(sampleRate: 48_000)
      let written: [Float]

      init() throws {
        font = try SoundFont.discover()
        // What sways by itself, a room and a chorus, is where it happens to be.
        var settings = SynthesizerSettings(reverb: nil, chorus: nil)
        settings.sampleRate = 48_000
        self.settings = settings
        written = try performance.samples(soundFont: font, settings: settings)
      }

      /// Expects the same samples from the first sound on.
      func expectSound(in played: [Float]) throws {
        let (first, start) = (JackTests.firstSound(in: written), JackTests.firstSound(in: played))
        let count = min(Int(performance.duration * 48_000) - first, played.count / 2 - start)
        try #require(count > 48_000)
        #expect(
          played[(2 * start)..<(2 * (start + count))]
            == written[(2 * first)..<(2 * (first + count))])
      }
    }

    /// Notes at steps of the synthesizer's, whose places are then the same wherever they begin.
    private static func arpeggio(sampleRate: Double) -> Performance {
      let step = 64 / sampleRate
      var messages: [TimedMessage] = []
      for index in 0..<20 {
        let pitch = UInt8(50 + index * 7 % 30)
        let onset = step * Double(40 + 90 * index)
        messages.append(
          TimedMessage(
            seconds: onset, message: .noteOn(channel: UInt8(index % 3), pitch: pitch, velocity: 90))
        )
        messages.append(
          TimedMessage(
            seconds: onset + 80 * step,
            message: .noteOff(channel: UInt8(index % 3), pitch: pitch, velocity: 64)))
      }
      messages.sort { $0.seconds < $1.seconds }
      return Performance(messages: messages, duration: step * Double(40 + 90 * 20))
    }

    private static func firstSound(in samples: [Float]) -> Int {
      (samples.firstIndex { $0 != 0 } ?? 0) / 2
    }

    /// Plays it as a client of JACK, which another one records; nil where either was too late.
    private func record(
      _ piece: WrittenPiece, whileFreewheeling isFreewheeling: Bool = false
    ) throws -> [Float]? {
      let performance = piece.performance
      // One that is loaded must not be written over.
      let library = command.folder.appending(path: "recorder-\(UUID().uuidString).so")
      try CompiledLibrary("recorder.c").write(to: library)
      typealias Begin = @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>, Int) -> CInt
      typealias End = @convention(c) (UnsafeMutablePointer<Float>) -> Int
      typealias Wheel = @convention(c) (CInt) -> CInt
      let handle = unsafe dlopen(library.path, RTLD_NOW)
      let symbols = unsafe (
        dlsym(handle, "begin_recording"), dlsym(handle, "end_recording"),
        dlsym(handle, "set_freewheeling")
      )
      guard let begin = unsafe symbols.0, let end = unsafe symbols.1,
        let lever = unsafe symbols.2
      else {
        Issue.record("the library cannot be loaded")
        return nil
      }
      let client = try JackClient(soundFont: piece.font, settings: piece.settings, latency: 0.1)
      let name = client.portName.dropLast("play".count)
      let capacity = Int(48_000 * (performance.duration + 3))
      let hasBegun = unsafe unsafeBitCast(begin, to: Begin.self)(
        "\(name)left", "\(name)right", capacity)
      try #require(hasBegun != 0)
      let now = try client.seconds() + (isFreewheeling ? 1 : 0.3)
      try client.schedule(
        performance.messages.map {
          TimedMessage(seconds: $0.seconds + now, content: $0.content)
        })
      let wheel = unsafe unsafeBitCast(lever, to: Wheel.self)
      if isFreewheeling { try #require(wheel(1) == 0) }
      Thread.sleep(forTimeInterval: performance.duration + 1)
      if isFreewheeling { #expect(wheel(0) == 0) }
      var samples = [Float](repeating: 0, count: 2 * capacity)
      // As many samples are written as there is room for.
      let count = unsafe samples.withUnsafeMutableBufferPointer {
        unsafe unsafeBitCast(end, to: End.self)($0.baseAddress!)
      }
      let isWhole = count > 0 && (isFreewheeling || client.underruns == 0)
      client.stop()
      return isWhole ? Array(samples.prefix(2 * count)) : nil
    }

    @Test func `where the server goes, what was played is saved`() throws {
      let player = try JackClient(soundFont: nil)
      let name = player.portName.dropLast("play".count)
      let start = try player.seconds()
      try player.schedule([
        TimedMessage(
          seconds: start + 2, message: .noteOn(channel: 0, pitch: 60, velocity: 90)),
        TimedMessage(
          seconds: start + 2.2, message: .noteOff(channel: 0, pitch: 60, velocity: 64)),
      ])
      DispatchQueue.global().asyncAfter(deadline: .now() + 3.5) { [server] in server.stop() }
      let outcome = try command.run(
        ["jam", "--jack", "--in", "\(name)music", "--out", "\(name)play"],
        environment: server.environment, interruptedAfter: 8)
      #expect(outcome.code == 69, "\(outcome.output)")
      #expect(outcome.errors == "musegen: JACK: the server has gone\n")
      #expect(try command.files.contains("jam.mid"))
    }
  }
}

/// A JACK server of our own that waits as a sound card would, and makes no sound.
final class JackServer: @unchecked Sendable {
  static let isInstalled = path != nil
  private static let path = ["/usr/bin/jackd", "/usr/local/bin/jackd"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// The environment in which clients find it.
  let environment: [String: String]
  private let process = Process()

  /// Starts one with 64 frames in a cycle.
  init() throws {
    let name = "musegen-\(UUID().uuidString.prefix(8))"
    environment = ["JACK_DEFAULT_SERVER": name]
    unsafe setenv("JACK_DEFAULT_SERVER", name, 1)
    // A server that goes breaks the pipes to its clients, of which this process is one.
    signal(SIGPIPE, SIG_IGN)
    process.executableURL = URL(filePath: JackServer.path ?? "")
    process.arguments = ["-n", name, "-r", "-d", "dummy", "-r", "48000", "-p", "64"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    // It is there when a client can join.
    for _ in 0..<100 {
      if (try? JackClient(soundFont: nil)) != nil { return }
      Thread.sleep(forTimeInterval: 0.05)
    }
  }

  /// Ends it, as somebody who has enough does.
  func stop() {
    process.terminate()
    process.waitUntilExit()
  }

  deinit {
    if process.isRunning { stop() }
    unsafe unsetenv("JACK_DEFAULT_SERVER")
  }
}
