import Foundation
import MuseGen
import Playback
import Testing

@testable import Studio

extension ServedTests {
  @Suite(.enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
  struct PlayingTests {
    /// Somebody who plays, at 120 quarter notes a minute in 4/4: a bar is two seconds.
    struct Player {
      let socket: Client
      var samples: [Float] = []
      var turns: [[String: Any]] = []
      var notes: [[Double]] = []
      var seconds = 0.0
      var kept: String?
      var error: String?

      init(
        _ studio: StudioScene, more: String = "", order: String = "", seed: Int = 5
      ) async throws {
        socket = try await studio.webSocket("/api/v1/playing")
        #expect(try await socket.answer().status == 101)
        try await say(
          "{\"order\": {\"kind\": \"new\", \"model\": \"tiny\", \"tempo\": 120, \"seed\": \(seed)\(order)}, \"clicks\": false\(more)}"
        )
      }

      /// Says something; whether it is still listened to is heard in the answer.
      func say(_ text: String) async throws {
        try? await socket.send(Client.frame(1, Array(text.utf8)))
      }

      /// Hears so many seconds, or to the end.
      mutating func hear(_ time: Double) async throws {
        var left = Int(time * 44_100)
        while left > 0, error == nil {
          let frames = min(left, 6_400)
          left -= frames
          try await say("{\"frames\": \(frames)}")
          try await hearOut()
        }
      }

      /// Hears what comes of what was said, or to the end.
      mutating func hearOut() async throws {
        while true {
          let (opcode, payload) = try await socket.frame()
          if opcode == 8 { return }
          if opcode == 2 {
            for place in stride(from: 0, to: payload.count - 3, by: 4) {
              let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(payload[place + $1]) << (8 * $1) }
              samples.append(Float(bitPattern: bits))
            }
            continue
          }
          let message =
            try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any] ?? [:]
          if message["turn"] != nil { turns.append(message) }
          notes += message["notes"] as? [[Double]] ?? []
          kept = message["kept"] as? String ?? kept
          seconds = message["seconds"] as? Double ?? seconds
          error = message["error"] as? String ?? error
          if message["frame"] != nil || error != nil { return }
        }
      }

      /// Plays a bar of quarter notes from the next sample on.
      mutating func play(_ pitches: [Int]) async throws {
        for pitch in pitches {
          try await say("{\"on\": [\(pitch), 90, \(seconds)]}")
          try await hear(0.4)
          try await say("{\"off\": [\(pitch), \(seconds)]}")
          try await hear(0.1)
        }
      }

      /// Hears until the turn is another's.
      mutating func hear(untilTurn turn: String) async throws {
        for _ in 0..<400 where turns.last?["turn"] as? String != turn {
          try await hear(0.05)
          // The model thinks in its own time.
          if turns.last?["turn"] as? String == "thinking" {
            try await Task.sleep(for: .milliseconds(5))
          }
        }
        #expect(turns.last?["turn"] as? String == turn)
      }
    }

    private func score(_ id: String, _ studio: StudioScene) async throws -> Score {
      let bytes = try await studio.ask("GET", "/api/v1/pieces/\(id)/piece.mid").body
      return Score(try MIDIFile(bytes: Array(bytes)))
    }

    @Test func `a key is heard with the next samples`() async throws {
      try await StudioScene.run { (studio) async throws in
        var silent = try await Player(studio)
        var playing = try await Player(studio)
        try await silent.hear(2.5)
        try await playing.hear(2.3)
        let before = playing.samples.count
        try await playing.say("{\"on\": [60, 100, 2.3]}")
        try await playing.hear(0.2)
        let common = min(silent.samples.count, playing.samples.count)
        let first = (0..<common).first { silent.samples[$0] != playing.samples[$0] }
        let frame = try #require(first)
        #expect(frame >= before)
        // A hammer takes a few milliseconds.
        #expect(frame < before + 2 * 44_100 / 100)
        silent.socket.close()
        playing.socket.close()
      }
    }

    @Test func `a bar's pause is answered from a bar line on, and both sides are kept`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        var player = try await Player(studio)
        try await player.hear(2)
        try await player.play([60, 64, 67, 72])
        try await player.hear(untilTurn: "answer")
        let answer = try #require(player.turns.last)
        let (from, to) = (
          try #require(answer["from"] as? Double), try #require(answer["to"] as? Double)
        )
        #expect(from.truncatingRemainder(dividingBy: 2) == 0)
        // As long as what it answers, and not before a bar has passed in silence.
        #expect(to - from == 2)
        #expect(from >= 6)
        try await player.hear(untilTurn: "yours")
        #expect(!player.notes.isEmpty)
        #expect(player.notes.allSatisfy { from <= $0[0] && $0[0] + $0[1] <= to + 1e-6 })
        try await player.hear(0.01)
        let id = try #require(player.kept)
        let piece = try await studio.ask("GET", "/api/v1/pieces/\(id)").json
        #expect(piece["playedWith"] as? String == "tiny")
        var kept = try await score(id, studio)
        kept.tracks.removeAll { $0.notes.isEmpty }
        #expect(kept.tracks.map(\.name).first == "You")
        #expect(kept.tracks.dropFirst().allSatisfy { $0.name.hasPrefix("tiny: ") })
        #expect(kept.tracks[0].notes.map(\.pitch) == [60, 64, 67, 72])
        // From the bar of the first note on; a quarter note is half a second.
        #expect(kept.tracks[0].notes.map { ($0.onset + 240) / 480 } == [0, 1, 2, 3])
        let told = player.notes.map { Int((($0[0] - 2) * 960).rounded()) }
        #expect(kept.tracks.dropFirst().flatMap { $0.notes.map(\.onset) }.sorted() == told.sorted())
        // Then it goes on: the next call makes the same piece longer.
        try await player.play([65, 69])
        try await player.say("{\"answer\": true}")
        try await player.hear(untilTurn: "answer")
        try await player.hear(untilTurn: "yours")
        try await player.hear(0.01)
        #expect(player.kept == id)
        let longer = try await score(id, studio)
        #expect(
          longer.tracks.first { $0.name == "You" }?.notes.map(\.pitch) == [60, 64, 67, 72, 65, 69])
        #expect(try await studio.ask("GET", "/api/v1/pieces").list.count == 1)
        player.socket.close()
      }
    }

    @Test func `the answer is to what was played`() async throws {
      try await StudioScene.run { (studio) async throws in
        var answers: [[[Double]]] = []
        // A model of random weights hardly listens: several seeds, of which one heard a difference.
        let calls = [[60, 64, 67, 72], [48, 50, 48, 50]]
        for (call, seed) in [(0, 1), (0, 1), (0, 2), (1, 1), (1, 2), (0, 3), (1, 3)] {
          var player = try await Player(studio, seed: seed)
          try await player.hear(2)
          try await player.play(calls[call])
          try await player.say("{\"answer\": true}")
          try await player.hear(untilTurn: "answer")
          try await player.hear(0.01)
          let from = try #require(player.turns.last?["from"] as? Double)
          // In ticks, as an answer that was thought of too late begins a bar later.
          answers.append(
            player.notes.map { note in
              [(note[0] - from) * 960, note[1] * 960].map { $0.rounded() } + note.dropFirst(2)
            })
          player.socket.close()
        }
        #expect(answers[0] == answers[1])
        #expect(
          answers[0] != answers[3] || answers[2] != answers[4] || answers[5] != answers[6])
      }
    }

    @Test func `what was played is kept though the player is gone`() async throws {
      try await StudioScene.run { (studio) async throws in
        var player = try await Player(studio)
        try await player.hear(2)
        try await player.play([60])
        // A key that is still held is let go of.
        try await player.say("{\"on\": [62, 90, 2.5]}")
        try await player.hear(0.2)
        player.socket.close()
        var pieces: [[String: Any]] = []
        while pieces.isEmpty {
          pieces = try await studio.ask("GET", "/api/v1/pieces").list
          try await Task.sleep(for: .milliseconds(10))
        }
        #expect(pieces[0]["notes"] as? Int == 2)
      }
    }

    @Test func `a piece that has grown is rendered and looked into whole`() async throws {
      try await StudioScene.run { (studio) async throws in
        var player = try await Player(studio)
        try await player.hear(2)
        var (sizes, ends): ([Int], [Double]) = ([], [])
        for pitches in [[60], [64, 67, 65, 62]] {
          try await player.play(pitches)
          try await player.say("{\"answer\": true}")
          try await player.hear(untilTurn: "answer")
          try await player.hear(untilTurn: "yours")
          try await player.hear(0.01)
          let path = "/api/v1/pieces/\(try #require(player.kept))"
          sizes.append(try await studio.ask("GET", "\(path)/piece.wav").body.count)
          let view = try await studio.ask("GET", "\(path)/inside?model=tiny").json
          ends.append(try #require(view["readSeconds"] as? Double))
        }
        #expect(sizes[1] > sizes[0])
        #expect(ends[1] > ends[0])
        player.socket.close()
      }
    }

    @Test func `a piece that was changed meanwhile is left alone`() async throws {
      try await StudioScene.run { (studio) async throws in
        var player = try await Player(studio)
        try await player.hear(2)
        try await player.play([60])
        try await player.say("{\"answer\": true}")
        try await player.hear(untilTurn: "answer")
        try await player.hear(untilTurn: "yours")
        try await player.hear(0.01)
        let id = try #require(player.kept)
        #expect(try await studio.ask("DELETE", "/api/v1/pieces/\(id)").status == 200)
        try await player.play([62])
        try await player.say("{\"answer\": true}")
        try await player.hear(untilTurn: "answer")
        try await player.hear(untilTurn: "yours")
        try await player.hear(0.01)
        #expect(player.kept != id)
        player.socket.close()
      }
    }

    @Test func `what is being played when the studio is closed is kept`() async throws {
      let folder = StudioScene.newFolder()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      var open: Client?
      try await StudioScene.run(folder: folder) { (studio) async throws in
        var player = try await Player(studio, more: ", \"pauses\": false")
        open = player.socket
        try await player.hear(2)
        try await player.play([60, 64])
        #expect(player.kept == nil)
      }
      open?.close()
      let kept = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/studio/pieces")
      #expect(kept.filter(PieceShelf.isID).count == 1)
      try await StudioScene.run(folder: folder) { (studio) async throws in
        let pieces = try await studio.ask("GET", "/api/v1/pieces").list
        #expect(pieces.map { $0["notes"] as? Int } == [2])
      }
    }

    @Test func `an answer is broken off`() async throws {
      try await StudioScene.run { (studio) async throws in
        var player = try await Player(studio)
        try await player.hear(2)
        try await player.play([60, 64, 67, 72])
        try await player.say("{\"answer\": true}")
        try await player.hear(untilTurn: "answer")
        let from = try #require(player.turns.last?["from"] as? Double)
        while player.seconds < from + 0.5 { try await player.hear(0.05) }
        try await player.say("{\"answer\": false}")
        try await player.hear(untilTurn: "yours")
        try await player.hear(0.01)
        let kept = try await score(try #require(player.kept), studio)
        let end = kept.tracks.filter { $0.name != "You" }.map(\.lastNoteEnd).max() ?? 0
        #expect(end <= Int((from + 0.6 - 2) * 960))
        player.socket.close()
      }
    }

    @Test func `an answer behind one that was broken off is told with all its notes`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        var player = try await Player(studio, more: ", \"pauses\": false")
        try await player.hear(2)
        for pitches in [[60, 64, 67, 72, 67, 64, 60, 64], [65, 69, 72, 69, 65, 69, 72, 69]] {
          let before = player.notes.count
          try await player.play(pitches)
          try await player.say("{\"answer\": true}")
          try await player.hear(untilTurn: "answer")
          let count = try #require(player.turns.last?["count"] as? Int)
          #expect(count > 0)
          #expect(player.notes.count - before == count)
          // Before its first note is heard.
          try await player.say("{\"answer\": false}")
          try await player.hear(untilTurn: "yours")
        }
        player.socket.close()
      }
    }

    @Test func `a key that is let go of as an answer is broken off falls silent`() async throws {
      try await StudioScene.run { (studio) async throws in
        var loudest: [Float] = []
        for isReleased in [true, false] {
          // An organ sounds as long as its key is held.
          var player = try await Player(studio, more: ", \"program\": 19, \"pauses\": false")
          try await player.hear(2)
          try await player.play([60, 64])
          try await player.say("{\"answer\": true}")
          try await player.hear(untilTurn: "answer")
          let from = try #require(player.turns.last?["from"] as? Double)
          while player.seconds < from + 0.2 { try await player.hear(0.05) }
          try await player.say("{\"on\": [72, 100, \(player.seconds)]}")
          try await player.hear(0.2)
          if isReleased { try await player.say("{\"off\": [72, \(player.seconds)]}") }
          try await player.say("{\"answer\": false}")
          try await player.hear(3)
          #expect(player.turns.last?["turn"] as? String == "yours")
          loudest.append(player.samples.suffix(44_100).map(abs).max() ?? 0)
          player.socket.close()
        }
        #expect(loudest[0] < loudest[1] / 10)
      }
    }

    @Test(arguments: [
      "{\"frames\": 0}", "{\"frames\": 99999999}", "{\"on\": [60, 90]}", "{\"on\": [200, 90, 1]}",
      "{\"on\": [60, 0, 1]}", "{\"on\": [60, 90, -1]}", "{\"on\": [60, 90, 1e999]}",
      "{\"off\": [60]}", "{\"off\": [-1, 1]}", "{\"loudness\": 3}", "no JSON", "{\"program\": 3}",
      "{\"order\": {\"kind\": \"new\", \"model\": \"tiny\"}}",
    ])
    func `what cannot be is told, and ends the conversation and nothing else`(text: String)
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        var player = try await Player(studio)
        try await player.say(text)
        try await player.hearOut()
        #expect(player.error != nil)
        #expect(try await studio.ask("GET", "/").status == 200)
        player.socket.close()
      }
    }

    @Test(arguments: [
      ", \"metre\": \"0/4\"", ", \"metre\": \"4/3\"", ", \"metre\": \"x\"",
      ", \"length\": {\"unit\": \"bars\", \"amount\": 2}", ", \"source\": \"0123456789abcdef\"",
      ", \"temperature\": -1",
    ])
    func `an order that cannot be played with is refused`(order: String) async throws {
      try await StudioScene.run { (studio) async throws in
        var player = try await Player(studio, order: order)
        try await player.hear(2)
        if player.error == nil {
          // What only the model refuses is told when it should answer.
          try await player.play([60])
          try await player.say("{\"answer\": true}")
          try await player.hear(1)
          try await Task.sleep(for: .milliseconds(100))
          try await player.hear(1)
          #expect(player.turns.contains { $0["problem"] != nil })
        }
        player.socket.close()
      }
    }
  }
}
