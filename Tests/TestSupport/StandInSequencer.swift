import Foundation

/// A stand-in for the kernel's MIDI sequencer, which writes down what reaches port 128:0.
///
/// It is preloaded into the command (`Tests/SoundDevice/sequencer.c`) in place of those functions of
/// ALSA's that reach the kernel.
public final class StandInSequencer: Sendable {
  /// An event that was sent.
  public struct Event: Hashable, Sendable {
    /// When, on the queue's clock.
    public var microseconds: Int
    /// ALSA's number of its type, `SND_SEQ_EVENT_NOTEON` and so on.
    public var type: Int
    public var channel: Int
    /// The pitch or the controller's number.
    public var number: Int
    /// The velocity or value.
    public var value: Int

    /// Creates an event.
    public init(microseconds: Int, type: Int, channel: Int, number: Int, value: Int) {
      self.microseconds = microseconds
      self.type = type
      self.channel = channel
      self.number = number
      self.value = value
    }
  }

  /// A line that says what a player does, for ``play(_:)``.
  public static func line(_ event: Event) -> String {
    "\(event.microseconds) \(event.type) \(event.channel) \(event.number) \(event.value)"
  }

  /// Lets a player play at port 128:0, by time from when somebody begins to listen.
  public func play(_ events: [Event]) throws {
    let text = events.map(Self.line).joined(separator: "\n") + "\n"
    try Data(text.utf8).write(to: folder.appending(path: "player"))
  }

  /// When somebody began to listen, in the monotonic clock's microseconds; nil before.
  public var opened: Int? {
    let path = folder.appending(path: "player.opened")
    return (try? String(contentsOf: path, encoding: .utf8)).flatMap {
      Int($0.split(separator: "\n").first ?? "")
    }
  }

  /// The environment in which a program finds the sequencer.
  public let environment: [String: String]
  private let folder: URL

  public init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "musegen-sequencer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let library = folder.appending(path: "sequencer.so")
    try StandInSequencer.library.get().write(to: library)
    let log = folder.appending(path: "events")
    try Data().write(to: log)
    environment = [
      "LD_PRELOAD": library.path, "MUSEGEN_TEST_SEQUENCER": log.path,
      "MUSEGEN_TEST_PLAYER": folder.appending(path: "player").path,
    ]
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// What was sent so far, in order.
  public func events() throws -> [Event] {
    let text = try String(contentsOf: folder.appending(path: "events"), encoding: .utf8)
    return text.split(separator: "\n").compactMap { line in
      let numbers = line.split(separator: " ").compactMap { Int($0) }
      guard numbers.count == 5 else { return nil }
      return Event(
        microseconds: numbers[0], type: numbers[1], channel: numbers[2], number: numbers[3],
        value: numbers[4])
    }
  }

  private static let library = Result { try CompiledLibrary("sequencer.c") }
}
