import Foundation

/// A sound device of our own that keeps what it is given and goes wrong on time.
///
/// It is a plugin of ALSA's (`Tests/SoundDevice/scripted.c`), so what is tested is the way through
/// ALSA itself, without a sound card.
public final class ScriptedDevice: Sendable {
  /// What the device is and does.
  public struct Script: Sendable {
    /// ALSA's name of the only sample format that it takes.
    public var format = "FLOAT_LE"
    /// The only number of channels.
    public var channels = 2
    /// The only number of frames a second.
    public var sampleRate = 44_100
    /// How many times as fast as a wall's its clock runs.
    public var speed = 20.0
    /// What goes wrong: `none`, `underrun`, `suspend` or `loss`.
    public var trouble = "none"
    /// After how many frames.
    public var troubleFrame = 0
    /// Whether it goes wrong with every block from there on.
    public var isTroubleRepeated = false
    /// Whether it breaks off where it is given too little in time, as hardware does.
    public var runsDry = false

    public init() {}
  }

  /// ALSA's name of the device.
  public static let name = "scripted"
  /// The environment in which a program finds the device.
  public let environment: [String: String]

  private let folder: URL
  private let isForThisProcess: Bool

  /// Defines the device.
  ///
  /// - Parameters:
  ///   - isForThisProcess: whether this process shall play through it, and not only programs that are
  ///     given its ``environment``; one at a time, for a process has one environment.
  ///   - change: makes the script.
  public init(isForThisProcess: Bool = false, _ change: (inout Script) -> Void = { _ in }) throws {
    var script = Script()
    change(&script)
    folder = FileManager.default.temporaryDirectory
      .appending(path: "musegen-device-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let library = folder.appending(path: "scripted.so")
    try ScriptedDevice.library.get().write(to: library)
    let configuration = folder.appending(path: "asound.conf")
    try """
    </usr/share/alsa/alsa.conf>
    pcm_type.scripted { lib "\(library.path)" }
    pcm.\(ScriptedDevice.name) {
      type scripted
      path "\(folder.appending(path: "played.raw").path)"
      format \(script.format)
      channels \(script.channels)
      rate \(script.sampleRate)
      speed \(script.speed)
      trouble \(script.trouble)
      trouble_at \(script.troubleFrame)
      is_repeated \(script.isTroubleRepeated ? 1 : 0)
      runs_dry \(script.runsDry ? 1 : 0)
      log "\(folder.appending(path: "transfers").path)"
    }

    """.write(to: configuration, atomically: false, encoding: .utf8)
    environment = ["ALSA_CONFIG_PATH": configuration.path]
    self.isForThisProcess = isForThisProcess
    if isForThisProcess { unsafe setenv("ALSA_CONFIG_PATH", configuration.path, 1) }
  }

  deinit {
    if isForThisProcess { unsafe unsetenv("ALSA_CONFIG_PATH") }
    try? FileManager.default.removeItem(at: folder)
  }

  /// The bytes that the device was given.
  public func played() throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: "played.raw")))
  }

  /// The samples that a device for 32-bit floating point was given, interleaved.
  public func playedFloats() throws -> [Float] {
    ScriptedDevice.words(try played(), bytes: 4).map { Float(bitPattern: UInt32($0)) }
  }

  /// When the device was given what: the monotonic clock's microseconds, and how many frames it had then.
  public func transfers() throws -> [(microseconds: Int, frames: Int)] {
    let text = try String(contentsOf: folder.appending(path: "transfers"), encoding: .utf8)
    return text.split(separator: "\n").compactMap { line in
      let numbers = line.split(separator: " ").compactMap { Int($0) }
      return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
    }
  }

  /// Little-endian words of so many bytes.
  public static func words(_ all: [UInt8], bytes: Int) -> [UInt64] {
    stride(from: 0, to: all.count / bytes * bytes, by: bytes).map { start in
      all[start..<start + bytes].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  /// The plugin, compiled once a process.
  private static let library = Result { try CompiledLibrary("scripted.c") }
}
