public import FileStorage
import ProtocolBuffers
import Reproducibility

/// A file of events that grows while it is looked at.
///
/// TensorBoard reads all files of a folder whose names hold `tfevents`, in the order of their names, as one
/// sequence, and passes over a last event that was cut short.
public struct EventFile: ~Copyable {
  private let log: LogFile

  /// Begins a file in a folder, which is made where it does not exist.
  ///
  /// - Parameters:
  ///   - folder: the folder.
  ///   - step: the step at which the process begins or goes on; of this and later ones only what follows counts.
  ///   - seconds: when, in seconds since 1970: the file is named after it.
  /// - Throws: `FileError` where it cannot be made.
  public init(in folder: String, from step: Int, at seconds: Double) throws(FileError) {
    try createFolder(at: folder)
    let name = "events.out.tfevents.\(Int(seconds)).musegen.\(processNumber())"
    log = try Self.begun(
      "\(folder)/\(name)",
      [
        Event(seconds: seconds, step: 0, .version), Event(seconds: seconds, step: step, .start),
      ])
  }

  private static func begun(_ path: String, _ events: [Event]) throws(FileError) -> LogFile {
    let log = try LogFile(path: path)
    for event in events { try log.append(record(of: event)) }
    return log
  }

  /// Appends an event.
  ///
  /// - Parameter event: the event.
  /// - Throws: `FileError` where the disk is full or gone.
  public func append(_ event: Event) throws(FileError) { try log.append(Self.record(of: event)) }

  /// An event as it stands in the file: how long it is, the event, and a masked check of each.
  ///
  /// Reference: TensorFlow, "TFRecord and tf.train.Example".
  ///
  /// - Parameter event: the event.
  /// - Returns: the bytes.
  package static func record(of event: Event) -> [UInt8] {
    let data = event.message.bytes
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(maskedCheck(of: length)) + data
      + littleEndian(maskedCheck(of: data))
  }

  /// A check that does not check itself where records are stored in records.
  private static func maskedCheck(of bytes: [UInt8]) -> UInt32 {
    var check = CyclicRedundancyCheck(.castagnoli)
    check.update(bytes[...])
    return (check.value >> 15 | check.value << 17) &+ 0xA282_EAD8
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    stride(from: 0, to: value.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
