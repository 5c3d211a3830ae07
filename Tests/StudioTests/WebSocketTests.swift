import Foundation
import MuseGen
import Playback
import Testing

@testable import Studio

extension ServedTests {
  struct WebSocketTests {
    @Test(
      arguments: [
        ("with a reserved bit", [0xC1, 0x80, 1, 2, 3, 4]),
        ("of no kind", [0x83, 0x80, 1, 2, 3, 4]), ("binary", Client.frame(2, [1])),
        ("that goes on from nothing", Client.frame(0, [1])),
        ("a ping that is too long", Client.frame(9, [UInt8](repeating: 0, count: 126))),
        ("a ping in parts", Client.frame(9, [], isFinal: false)),
        ("no UTF-8", Client.frame(1, [0xFF, 0xFE])),
        ("too long", Client.frame(1, [UInt8](repeating: 32, count: 5000))),
        ("no JSON", Client.frame(1, Array("more".utf8))),
        ("no request", Client.frame(1, Array("{\"frames\": -5}".utf8))),
        ("too large a request", Client.frame(1, Array("{\"frames\": 99999999999}".utf8))),
      ] as [(String, [UInt8])])
    func `a frame that breaks the protocol ends its conversation and nothing else`(
      name: String, bytes: [UInt8]
    ) async throws {
      try await StudioScene.run { (studio) async throws in
        let id = try await studio.piece(notes: 20)
        let socket = try await studio.webSocket("/api/v1/pieces/\(id)/sound?from=0")
        defer { socket.close() }
        #expect(try await socket.answer().status == 101)
        try await socket.send(bytes)
        var code = 0
        while true {
          let frame = try await socket.frame()
          guard frame.opcode == 8 else { continue }
          code = Int(frame.payload[0]) << 8 | Int(frame.payload[1])
          break
        }
        #expect(code > 1000 && code < 1012, "\(name)")
        #expect(await socket.isClosed())
        #expect(try await studio.ask("GET", "/").status == 200)
      }
    }

    @Test func `who says more than is read is shown out, and no word is passed over`() async throws
    {
      try await StudioScene.run { (studio) async throws in
        // While a piece is written, nobody reads what is said about its notes.
        let order = try await studio.ask(
          "POST", "/api/v1/pieces",
          body: """
            {"order": {"kind": "new", "model": "tiny", "length": {"unit": "notes", "amount": 1000000}}}
            """)
        let id = try #require(order.json["id"] as? String)
        let socket = try await studio.webSocket("/api/v1/pieces/\(id)/notes")
        defer { socket.close() }
        #expect(try await socket.answer().status == 101)
        for _ in 0..<11 {
          let messages = [[UInt8]](repeating: Client.frame(1, Array("{}".utf8)), count: 100)
          try await socket.send(Array(messages.joined()))
        }
        var code = 0
        while code == 0 {
          let frame = try await socket.frame()
          if frame.opcode == 8 { code = Int(frame.payload[0]) << 8 | Int(frame.payload[1]) }
        }
        #expect(code == 1008)
        #expect(try await studio.ask("DELETE", "/api/v1/pieces/\(id)").status == 204)
      }
    }

    @Test(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
    func `the samples of a piece are those of its sound file`() async throws {
      try await StudioScene.run { (studio) async throws in
        let id = try await studio.piece(notes: 20)
        let socket = try await studio.webSocket("/api/v1/pieces/\(id)/sound?from=0")
        defer { socket.close() }
        #expect(try await socket.answer().status == 101)
        let format = try await socket.frame()
        #expect(String(decoding: format.payload, as: UTF8.self).contains("44100"))
        var bytes: [UInt8] = []
        try await socket.send(Client.frame(1, Array("{\"frames\": 8000000}".utf8)))
        try await socket.send(Client.frame(9, Array("are you there".utf8)))
        var pongs = 0
        while true {
          let frame = try await socket.frame()
          if frame.opcode == 8 { break }
          if frame.opcode == 10 { pongs += 1 }
          if frame.opcode == 2 { bytes += frame.payload }
        }
        #expect(pongs == 1)
        let file = try await studio.ask("GET", "/api/v1/pieces/\(id)/piece.mid").body
        let samples = try Performance(Score(try MIDIFile(bytes: Array(file)))).samples(
          soundFont: .discover())
        // Not the lists themselves, whose difference would be looked for if there were one.
        let file32 = Array(Data(littleEndian: samples))
        #expect(bytes.count == file32.count)
        let difference = zip(bytes, file32).enumerated().first { $1.0 != $1.1 }?.offset
        #expect(difference == nil)
      }
    }

    @Test(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
    func `readers that do not read keep nobody waiting`() async throws {
      try await StudioScene.run { (studio) async throws in
        let id = try await studio.piece(notes: 200)
        var sleepers: [Client] = []
        for _ in 0..<20 {
          let socket = try await studio.webSocket("/api/v1/pieces/\(id)/sound?from=0")
          #expect(try await socket.answer().status == 101)
          try await socket.send(Client.frame(1, Array("{\"frames\": 8000000}".utf8)))
          sleepers.append(socket)
        }
        for _ in 0..<20 { #expect(try await studio.ask("GET", "/studio.js").status == 200) }
        _ = try await studio.piece(notes: 20, seed: 8)
        for sleeper in sleepers { sleeper.close() }
        #expect(try await studio.ask("GET", "/").status == 200)
      }
    }
  }
}
