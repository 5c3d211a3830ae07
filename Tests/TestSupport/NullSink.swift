import Foundation

/// A PulseAudio server of our own with a sink that nobody hears, whose monitor is recorded.
///
/// ALSA's `pulse` device (Debian's libasound2-plugins) reaches it by `$PULSE_SERVER`, so tests of
/// live playback need no sound card and disturb no server of the user's.
public final class NullSink {
  /// The rate at which the sink runs and is recorded.
  public static let sampleRate = 44_100

  /// ALSA's name of the device that leads to the sink.
  public static let device = "pulse"
  /// The environment by which a program reaches the server.
  public let environment: [String: String]

  private let folder: URL
  private let server: pid_t
  private var recorder: Process?

  /// Starts a server; nil, with a printed reason, where PulseAudio is missing or does not start.
  ///
  /// - Parameter isForThisProcess: whether this process shall play through it, and not only programs
  ///   that are given its ``environment``; one at a time, for a process has one environment.
  public init?(isForThisProcess: Bool = false) {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("musegen-null-sink-\(UUID().uuidString)")
    let pidFile = folder.appendingPathComponent("pid")
    let socket = folder.appendingPathComponent("native").path
    environment = NullSink.environment(folder: folder, socket: socket)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      // PulseAudio closes all descriptors, which Foundation takes for its end: a shell starts it and
      // leaves. The idle time ends it where the tests crash.
      let shell = try NullSink.start(
        "sh",
        [
          "-c", "pulseaudio \"$@\" & echo $! > \"$0\"", pidFile.path,
          "-n", "--daemonize=no", "--system=false", "--use-pid-file=no", "--exit-idle-time=60",
          "--realtime=yes", "--high-priority=yes", "--disable-shm=yes", "--log-level=error",
          "-L", "module-native-protocol-unix socket=\(socket) auth-anonymous=1",
          "-L",
          "module-null-sink sink_name=null rate=\(NullSink.sampleRate) channels=2 format=float32le",
        ], environment: environment, output: .nullDevice)
      shell.waitUntilExit()
      let pid = try String(contentsOf: pidFile, encoding: .utf8)
      server = pid_t(pid.dropLast()) ?? 0
    } catch {
      print("skipped: PulseAudio cannot be started (\(error))")
      return nil
    }
    if isForThisProcess, let address = environment["PULSE_SERVER"] {
      unsafe setenv("PULSE_SERVER", address, 1)
    }
    let deadline = Date(timeIntervalSinceNow: 10)
    while !isAnswering() {
      guard server > 0, kill(server, 0) == 0, Date() < deadline else {
        print("skipped: PulseAudio does not answer")
        stop()
        return nil
      }
      usleep(50_000)
    }
  }

  deinit { stop() }

  /// Starts recording what reaches the sink.
  public func startRecording() throws {
    try Data().write(to: recording)
    recorder = try NullSink.start(
      "parec",
      [
        "-d", "null.monitor", "--raw", "--format=float32le", "--channels=2",
        "--rate=\(NullSink.sampleRate)", "--latency-msec=20",
      ], environment: environment, output: try FileHandle(forWritingTo: recording))
    // The first silence in the file says that the recording has begun.
    let deadline = Date(timeIntervalSinceNow: 10)
    while (try Data(contentsOf: recording)).isEmpty && Date() < deadline { usleep(20_000) }
  }

  /// Ends the recording and returns its interleaved samples.
  public func finishRecording() throws -> [Float] {
    usleep(300_000)
    stopRecorder()
    let data = try Data(contentsOf: recording)
    return stride(from: 0, to: data.count / 8 * 8, by: 4).map { offset in
      let bits = data[offset..<offset + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return Float(bitPattern: bits)
    }
  }

  /// Ends the server at once, as when a device is pulled out.
  public func stop() {
    stopRecorder()
    if server > 0 { kill(server, SIGKILL) }
    try? FileManager.default.removeItem(at: folder)
  }

  private func stopRecorder() {
    guard let recorder, recorder.isRunning else { return }
    // parec inherits a blocked SIGTERM from the test process; what it received is written already.
    kill(recorder.processIdentifier, SIGKILL)
    recorder.waitUntilExit()
  }

  private var recording: URL { folder.appendingPathComponent("recording.f32") }

  private func isAnswering() -> Bool {
    let query = try? NullSink.start(
      "pactl", ["info"], environment: environment, output: .nullDevice)
    query?.waitUntilExit()
    return query?.terminationStatus == 0
  }

  private static func environment(folder: URL, socket: String) -> [String: String] {
    [
      "PULSE_SERVER": "unix:\(socket)", "XDG_RUNTIME_DIR": folder.path, "HOME": folder.path,
    ]
  }

  private static func start(
    _ name: String, _ arguments: [String], environment: [String: String], output: FileHandle
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }
}
