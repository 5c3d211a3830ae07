public import FileStorage
import Reproducibility

/// A line of a run's log: an event, when it happened and what it took.
public struct RunLogLine: Hashable, Sendable {
  /// What happened.
  public var event: TrainingEvent
  /// The seconds trained so far, also before an interruption.
  public var seconds: Double
  /// The most memory that the process has held so far, in bytes.
  public var peakMemory: Int

  /// Creates a line.
  public init(_ event: TrainingEvent, seconds: Double, peakMemory: Int) {
    self.event = event
    self.seconds = seconds
    self.peakMemory = peakMemory
  }

  /// The line as one JSON object, without a line feed.
  public var json: String { CanonicalJSON.line(of: self) }

  /// Reads a run's log; lines that are none, such as a last one cut short, are left out.
  ///
  /// - Parameter folder: the run's folder.
  /// - Returns: the lines in their order.
  /// - Throws: `FileError` where there is no log.
  public static func all(in folder: String) throws(FileError) -> [RunLogLine] {
    let bytes = try readFile(at: folder + "/metrics.jsonl")
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
      try? CanonicalJSON.decode(from: $0)
    }
  }
}

extension RunLogLine: Codable {
  private enum Key: CodingKey { case seconds, peakMemory, natsPerNote }

  /// Reads a line; older logs tell neither time nor memory.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    event =
      fields.contains(.natsPerNote)
      ? .validation(try Validation(from: decoder)) : .step(try TrainingStep(from: decoder))
    seconds = try fields.decodeIfPresent(Double.self, forKey: .seconds) ?? 0
    peakMemory = try fields.decodeIfPresent(Int.self, forKey: .peakMemory) ?? 0
  }

  /// Writes the event's fields and its circumstances side by side.
  public func encode(to encoder: any Encoder) throws {
    switch event {
    case .step(let step): try step.encode(to: encoder)
    case .validation(let validation): try validation.encode(to: encoder)
    }
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(seconds, forKey: .seconds)
    try fields.encode(peakMemory, forKey: .peakMemory)
  }
}
