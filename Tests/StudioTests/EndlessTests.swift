import Foundation
import MuseGen
import Playback
import Testing

@testable import Studio

extension ServedTests {
  @Suite(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
  struct EndlessTests {
    /// Music that goes on, as a client hears it.
    struct Listener {
      let socket: Client
      var pieces: [[String: Any]] = []
      var struck: [[Double]] = []
      var place: [String: Any] = [:]
      var samples = 0
      var kept: String?
      var problem: String?
      var error: String?

      init(_ studio: StudioScene, order: String = "", seed: Int = 5) async throws {
        socket = try await studio.webSocket("/api/v1/endless")
        #expect(try await socket.answer().status == 101)
        try await say(
          "{\"order\": {\"kind\": \"new\", \"model\": \"tiny\", \"seed\": \(seed)\(order)}}")
        #expect(try await message()?["sampleRate"] as? Int == 44_100)
      }

      func say(_ text: String) async throws {
        try await socket.send(Client.frame(1, Array(text.utf8)))
      }

      /// The next message in JSON; nil where the studio ends the conversation.
      private mutating func message() async throws -> [String: Any]? {
        while true {
          let (opcode, payload) = try await socket.frame()
          switch opcode {
          case 8: return nil
          case 2: samples += payload.count / 8
          default:
            return try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any]
          }
        }
      }

      /// Hears so many frames, or to the end.
      mutating func hear(frames: Int) async throws {
        try await say("{\"frames\": \(frames)}")
        try await hearOut()
      }

      /// Hears what comes of what was said, or to the end.
      mutating func hearOut() async throws {
        while let message = try await message() {
          if let piece = message["piece"] as? [String: Any] { pieces.append(piece) }
          struck += message["struck"] as? [[Double]] ?? []
          kept = message["kept"] as? String ?? kept
          problem = message["problem"] as? String ?? problem
          error = message["error"] as? String ?? error
          if message["frame"] != nil {
            place = message
            return
          }
        }
      }
    }

    @Test func `as much is heard as is asked for, and its notes are those of the generator`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        var listener = try await Listener(studio)
        for _ in 0..<5 { try await listener.hear(frames: 22_050) }
        #expect(listener.samples >= 5 * 22_050)
        #expect(listener.samples < 5 * 22_050 + 5 * 64)
        #expect(listener.place["frame"] as? Int == listener.samples)
        #expect(listener.pieces.count >= 1)
        #expect(listener.pieces[0]["seed"] as? Int == 5)
        var settings = GenerationSettings(length: .atMost(120), seed: 5)
        settings.length = .atMost(120)
        let score = try await StudioScene.model.generate(settings)
        let written = Performance(score).messages.compactMap { timed -> UInt8? in
          if case .noteOn(_, let pitch, let velocity)? = timed.message, velocity > 0 {
            pitch
          } else {
            nil
          }
        }
        let heard = listener.struck.map { UInt8($0[1]) }
        #expect(heard.count > 3)
        let common = min(heard.count, written.count)
        #expect(Array(heard[..<common]) == Array(written[..<common]))
        listener.socket.close()
      }
    }

    @Test func `nothing is written much further than it is heard, so that a change comes soon`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        var listener = try await Listener(studio)
        for _ in 0..<8 {
          try await listener.hear(frames: 4_410)
          let seconds = try #require(listener.place["seconds"] as? Double)
          // A token of this vocabulary lets pass a second at most.
          #expect((listener.struck.last?[0] ?? 0) <= seconds + 1.1)
        }
        listener.socket.close()
      }
    }

    @Test func `twice as fast it gets twice as far`() async throws {
      try await StudioScene.run { (studio) async throws in
        var listener = try await Listener(studio)
        try await listener.hear(frames: 44_100)
        let first = try #require(listener.place["seconds"] as? Double)
        try await listener.say("{\"speed\": 2, \"semitones\": 3}")
        try await listener.hear(frames: 44_100)
        let second = try #require(listener.place["seconds"] as? Double)
        #expect(abs(first - 1) < 0.01)
        #expect(abs(second - first - 2) < 0.01)
        listener.socket.close()
      }
    }

    @Test func `a piece that is kept is whole, and says how it was steered`() async throws {
      try await StudioScene.run { (studio) async throws in
        var listener = try await Listener(
          studio, order: ", \"length\": {\"unit\": \"notes\", \"amount\": 30}")
        try await listener.hear(frames: 22_050)
        try await listener.say("{\"temperature\": 0.5, \"density\": 6}")
        try await listener.say("{\"keep\": \"Mine\"}")
        try await listener.hear(frames: 4_410)
        let id = try #require(listener.kept)
        try await studio.finish(id)
        let piece = try await studio.ask("GET", "/api/v1/pieces/\(id)").json
        #expect(piece["name"] as? String == "Mine")
        #expect(piece["notes"] as? Int ?? 0 >= 30)
        let order = try #require(piece["order"] as? [String: Any])
        #expect(order["seed"] as? Int == 5)
        let changes = try #require(order["changes"] as? [[String: Any]])
        #expect(changes.contains { $0["temperature"] as? Double == 0.5 })
        #expect(changes.contains { $0["density"] as? Double == 6 })
        listener.socket.close()
      }
    }

    @Test func `the next piece follows when it is asked for, and by itself at the end`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        var listener = try await Listener(
          studio, order: ", \"length\": {\"unit\": \"notes\", \"amount\": 4}")
        try await listener.hear(frames: 4_410)
        try await listener.say("{\"next\": true}")
        try await listener.hear(frames: 4_410)
        #expect(listener.pieces.map { $0["seed"] as? Int } == [5, 6])
        while listener.pieces.count < 3, listener.samples < 4_000_000 {
          try await listener.hear(frames: 220_500)
        }
        #expect(listener.pieces.last?["seed"] as? Int == 7)
        listener.socket.close()
      }
    }

    @Test func `a piece that cannot be kept is told of, and the music goes on`() async throws {
      try await StudioScene.run { (studio) async throws in
        var listener = try await Listener(studio)
        try await listener.hear(frames: 4_410)
        // Two are written at a time, and 64 may wait.
        var orders: [String] = []
        for seed in 0..<66 {
          let answer = try await studio.ask(
            "POST", "/api/v1/pieces",
            body: """
              {"order": {"kind": "new", "model": "tiny", "seed": \(seed),
                "length": {"unit": "notes", "amount": 1000000}}}
              """)
          orders.append(try #require(answer.json["id"] as? String))
        }
        try await listener.say("{\"keep\": \"Mine\"}")
        try await listener.hear(frames: 4_410)
        #expect(listener.problem?.contains("wait to be written") == true)
        #expect(listener.error == nil && listener.kept == nil)
        #expect(listener.samples >= 2 * 4_410)
        for id in orders {
          #expect(try await studio.ask("DELETE", "/api/v1/pieces/\(id)").status == 204)
        }
        listener.socket.close()
      }
    }

    @Test func `after the largest seed comes one with which a piece can be kept`() async throws {
      try await StudioScene.run { (studio) async throws in
        let largest = 1 << 53
        var listener = try await Listener(studio, seed: largest)
        try await listener.hear(frames: 4_410)
        try await listener.say("{\"next\": true, \"keep\": \"Mine\"}")
        try await listener.hear(frames: 4_410)
        #expect(listener.pieces.map { $0["seed"] as? Int } == [largest, 1])
        #expect(listener.kept != nil && listener.error == nil)
        listener.socket.close()
      }
    }

    @Test(arguments: [
      "{\"frames\": 0}", "{\"frames\": 99999999}", "{\"speed\": 9}", "{\"semitones\": 99}",
      "{\"temperature\": -1, \"frames\": 9}", "{\"loudness\": 3}", "no JSON",
      "{\"order\": {\"kind\": \"new\", \"model\": \"tiny\"}}",
    ])
    func `what cannot be is told, and ends the conversation and nothing else`(text: String)
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        var listener = try await Listener(studio)
        try await listener.say(text)
        try await listener.hearOut()
        #expect(listener.error != nil)
        #expect(try await studio.ask("GET", "/").status == 200)
        listener.socket.close()
      }
    }
  }
}
