import Playback
import Testing

struct ControlMessageTests {
  @Test func `the specification's examples are read and written`() {
    // "OSC Message Examples" of the specification 1.0: /oscillator/4/frequency with 440.0.
    let oscillator: [UInt8] =
      Array("/oscillator/4/frequency".utf8) + [0] + Array(",f".utf8) + [0, 0, 0x43, 0xDC, 0, 0]
    let message = ControlMessage("/oscillator/4/frequency", [.number(440)])
    #expect(message.bytes == oscillator)
    #expect(ControlMessage.messages(in: oscillator) == [message])
    // /foo with 1000, -1, "hello", 1.234, 5.678.
    let foo: [UInt8] =
      Array("/foo".utf8) + [0, 0, 0, 0] + Array(",iisff".utf8) + [0, 0]
      + [0, 0, 3, 0xE8, 0xFF, 0xFF, 0xFF, 0xFF] + Array("hello".utf8) + [0, 0, 0]
      + [0x3F, 0x9D, 0xF3, 0xB6, 0x40, 0xB5, 0xB2, 0x2D]
    let arguments = ControlMessage.messages(in: foo).first?.arguments
    #expect(
      arguments == [
        .number(1_000), .number(-1), .text("hello"), .number(Double(Float(1.234))),
        .number(Double(Float(5.678))),
      ])
  }

  @Test func `numbers of 64 bits are read`() {
    // "OSC Type Tags" of the specification 1.0, those that are not in all programs.
    var bytes = Array("/foo".utf8) + [0, 0, 0, 0] + Array(",dhf".utf8) + [0, 0, 0, 0]
    bytes += [0x3F, 0xE8, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE]
    bytes += [0x3F, 0x80, 0, 0]
    let message = ControlMessage("/foo", [.number(0.75), .number(-2), .number(1)])
    #expect(ControlMessage.messages(in: bytes) == [message])
    #expect(ControlMessage.messages(in: Array(bytes.prefix(30))).isEmpty)
  }

  @Test func `a bundle is its messages`() {
    let parts = [ControlMessage("/a", [.number(1)]), ControlMessage("/b", [.text("x")])]
    var bundle = Array("#bundle".utf8) + [0] + [UInt8](repeating: 0, count: 8)
    for part in parts {
      let bytes = part.bytes
      bundle += [0, 0, 0, UInt8(bytes.count)] + bytes
    }
    #expect(ControlMessage.messages(in: bundle) == parts)
  }

  @Test func `what is cut off or no message at all is none`() {
    let whole = ControlMessage("/musegen/temperature", [.number(0.5)]).bytes
    for count in 0..<whole.count where count != 24 {
      #expect(ControlMessage.messages(in: Array(whole.prefix(count))).isEmpty)
    }
    #expect(ControlMessage.messages(in: [UInt8](repeating: 0xFF, count: 999)).isEmpty)
    let deep = Array("#bundle".utf8) + [0] + [UInt8](repeating: 0, count: 65_000)
    #expect(ControlMessage.messages(in: deep).isEmpty)
  }

  @Test func `a message goes from one port of this machine to another`() throws {
    let listener = try ControlPort(number: 0)
    let sender = try ControlPort(number: 0, sendingTo: listener.number)
    let message = ControlMessage("/musegen/beat", [.number(3), .number(1)])
    sender.send(message)
    var heard: [ControlMessage] = []
    for _ in 0..<1_000 where heard.isEmpty { heard = listener.receive() }
    #expect(heard == [message])
    #expect(throws: PlaybackError.self) { _ = try ControlPort(number: listener.number) }
  }
}
