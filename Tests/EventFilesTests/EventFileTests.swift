import EventFiles
import FileStorage
import Foundation
import ProtocolBuffers
import Testing

struct EventFileTests {
  /// The fixture, which TensorBoard's own code wrote: `Tools/fixtures/tensorboard_events.py`.
  private func fixture() throws -> [UInt8] {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/events", withExtension: "tfevents"))
    return Array(try Data(contentsOf: url))
  }

  private let events = [
    Event(seconds: 1.5, step: 0, .version), Event(seconds: 2.25, step: 7, .start),
    Event(seconds: 3.125, step: 300, [.init("loss/training", .scalar(1.625))]),
    Event(
      seconds: 4.5, step: 1 << 40,
      [
        .init(
          "gates/layer 1, forget", .histogram(Histogram(of: [-1, 0, 1, 2, 3, .nan], buckets: 4)))
      ]),
    Event(
      seconds: 5, step: 9,
      [.init("sample/roll", .picture(png: Array(0...255), width: 200, height: 3))]),
    Event(
      seconds: 6, step: 9,
      [
        .init(
          "sample/sound",
          .sound(
            Sound(
              samples: [0, 0.5, -1, 7, -0.25, 1 / 32_767], channels: 2, sampleRate: 22_050)))
      ]),
  ]

  @Test func `events have the bytes that TensorBoard gives them`() throws {
    #expect(events.flatMap { EventFile.record(of: $0) } == (try fixture()))
  }

  @Test func `a file grows in a folder that it makes, and goes on beside an older one`() throws {
    let folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)/events"
    defer { try? FileManager.default.removeItem(atPath: FileStorage.folder(of: folder)) }
    for (seconds, step) in [(1_700_000_000.0, 1), (1_700_000_060.0, 31)] {
      let file = try EventFile(in: folder, from: step, at: seconds)
      try file.append(events[2])
      let names = try listFolder(at: folder)
      let name = try #require(names.last)
      #expect(name.hasPrefix("events.out.tfevents.\(Int(seconds)).musegen."))
      let bytes = try readFile(at: folder + "/" + name, limit: 1 << 20)
      let expected = [
        Event(seconds: seconds, step: 0, .version), Event(seconds: seconds, step: step, .start),
        events[2],
      ]
      #expect(bytes == expected.flatMap { EventFile.record(of: $0) })
    }
    #expect(try listFolder(at: folder).count == 2)
  }

  @Test func `numbers that are all alike, or none at all, make a histogram too`() {
    for numbers in [[], [0.5, 0.5], [Float.nan, .infinity]] as [[Float]] {
      let event = Event(seconds: 1, step: 1, [.init("x", .histogram(Histogram(of: numbers)))])
      #expect(EventFile.record(of: event).count > 40)
    }
    #expect(Histogram(of: [0.5, 0.5]) == Histogram(of: [0.5, .nan, 0.5]))
    #expect(Histogram(of: [0.5, 0.5]) != Histogram(of: [0.5]))
  }
}

/// Numbers as the documentation of protocol buffers has them in its chapter on encoding.
struct MessageWriterTests {
  @Test func `fields are written as documented`() {
    var message = MessageWriter()
    message.add(1, 150)
    #expect(message.bytes == [0x08, 0x96, 0x01])
    var text = MessageWriter()
    text.add(2, "testing")
    #expect(text.bytes == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67])
    var nested = MessageWriter()
    nested.add(3, message)
    #expect(nested.bytes == [0x1A, 0x03, 0x08, 0x96, 0x01])
    var packed = MessageWriter()
    packed.add(6, [3, 270, 86_942])
    #expect(packed.bytes == [0x32, 0x06, 0x03, 0x8E, 0x02, 0x9E, 0xA7, 0x05])
    var negative = MessageWriter()
    negative.add(1, -2)
    #expect(negative.bytes == [0x08, 0xFE] + [UInt8](repeating: 0xFF, count: 8) + [0x01])
  }
}
