import Foundation
import MuseGen
import Testing

@testable import Studio

extension ServedTests {
  struct LockTests {
    /// A line of eighth notes a little off the beat, in some of its bars of 4/4.
    static func line(bars: [Int], of count: Int) -> Score {
      var track = Track(name: "line", channel: 0)
      for bar in bars {
        for eighth in 0..<8 {
          track.notes.append(
            Note(
              onset: bar * 1920 + eighth * 240 + (eighth * 7 + bar) % 11, duration: 190,
              pitch: UInt8(60 + (eighth * 5 + bar * 3) % 13), velocity: UInt8(50 + eighth)))
        }
      }
      return Score(
        tracks: [track], tempos: [TempoChange(tick: 0, microsecondsPerQuarter: 600_000)],
        endTick: count * 1920)
    }

    /// Takes in a score.
    private func take(_ score: Score, into studio: StudioScene) async throws -> String {
      let client = try await studio.connect()
      defer { client.close() }
      let bytes = score.midiFile().bytes()
      try await client.send(
        "POST /api/v1/imports?name=line.mid HTTP/1.1\r\nHost: 127.0.0.1:\(studio.port)\r\nContent-Length: \(bytes.count)\r\n\r\n"
      )
      try await client.send(bytes)
      return try #require(try await client.answer().json["id"] as? String)
    }

    private func score(_ id: String, _ studio: StudioScene) async throws -> Score {
      let bytes = try await studio.ask("GET", "/api/v1/pieces/\(id)/piece.mid").body
      return Score(try MIDIFile(bytes: Array(bytes)))
    }

    private func lock(_ locks: String, of id: String, _ studio: StudioScene) async throws -> Answer
    {
      try await studio.ask("PATCH", "/api/v1/pieces/\(id)", body: "{\"locks\": \(locks)}")
    }

    /// Orders a piece and waits for it.
    private func order(_ order: String, _ studio: StudioScene) async throws -> [String: Any] {
      let answer = try await studio.ask("POST", "/api/v1/pieces", body: "{\"order\": \(order)}")
      try #require(answer.status == 201, "\(answer.text)")
      let id = try #require(answer.json["id"] as? String)
      try await studio.finish(id)
      return try await studio.ask("GET", "/api/v1/pieces/\(id)").json
    }

    /// The notes struck in some bars, counted from 0.
    private func notes(_ score: Score, in bars: Range<Int>) -> Set<Note> {
      let ticks = bars.lowerBound * 1920..<bars.upperBound * 1920
      return Set(score.tracks.flatMap(\.notes).filter { ticks.contains($0.onset) })
    }

    private static let all = "{\"bars\": [[2, 2]], \"notes\": [\(item(noteOfThird))]}"
    private static let noteOfThird = line(bars: [2], of: 4).tracks[0].notes[3]

    private static func item(_ note: Note) -> String {
      "{\"track\": 0, \"onset\": \(note.onset), \"duration\": \(note.duration), \"pitch\": \(note.pitch), \"velocity\": \(note.velocity)}"
    }

    @Test func `what is locked stays to the tick when the rest is varied, again and again`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        let source = Self.line(bars: [0, 1, 2, 3], of: 4)
        var id = try await take(source, into: studio)
        #expect(try await lock(Self.all, of: id, studio).status == 200)
        for seed in 1...2 {
          let piece = try await order(
            "{\"kind\": \"variation\", \"model\": \"tiny\", \"source\": \"\(id)\", \"bars\": [1, 4], \"seed\": \(seed)}",
            studio)
          id = try #require(piece["id"] as? String)
          let after = try await score(id, studio)
          #expect(notes(after, in: 1..<2) == notes(source, in: 1..<2))
          #expect(notes(after, in: 2..<3).contains(Self.noteOfThird))
          #expect(notes(after, in: 2..<3) != notes(source, in: 2..<3))
          #expect(notes(after, in: 0..<1) != notes(source, in: 0..<1))
          #expect(piece["isBeyondCommands"] as? Bool == true)
          let difference = try #require(piece["difference"] as? [String: Int])
          #expect(difference["added"] ?? 0 > 0)
          // A line stays one, nothing sounding over what is locked; what the model wrote first is none.
          if seed > 1 { continue }
          let own = after.tracks.first { $0.notes.contains(Self.noteOfThird) }?.notes ?? []
          #expect(
            own.allSatisfy {
              $0 == Self.noteOfThird || $0.end <= Self.noteOfThird.onset
                || $0.onset >= Self.noteOfThird.end
            })
        }
      }
    }

    @Test func `bars around one locked stretch are varied as on the command line`() async throws {
      try await StudioScene.run { (studio) async throws in
        let source = Self.line(bars: [0, 1, 2, 3], of: 4)
        let id = try await take(source, into: studio)
        #expect(try await lock("{\"bars\": [[1, 1], [2, 2]]}", of: id, studio).status == 200)
        let piece = try await order(
          "{\"kind\": \"variation\", \"model\": \"tiny\", \"source\": \"\(id)\", \"bars\": [2, 3], \"seed\": 5}",
          studio)
        #expect((piece["order"] as? [String: Any])?["bars"] as? [Int] == [3, 3])
        #expect(piece["isBeyondCommands"] == nil)
        var settings = InpaintingSettings()
        settings.bars = 3...3
        settings.strength = 1
        settings.seed = 5
        let inpainting = try Inpainting(
          model: StudioScene.model, score: Score(try MIDIFile(bytes: source.midiFile().bytes())),
          settings: settings)
        while inpainting.advance() {}
        var expected = inpainting.score
        PieceCredit(model: StudioScene.model, seed: 5).sign(&expected)
        let bytes = try await studio.ask(
          "GET", "/api/v1/pieces/\(try #require(piece["id"] as? String))/piece.mid"
        ).body
        #expect(Array(bytes) == expected.midiFile().bytes())
        // Nothing of what is locked can be varied.
        let refused = try await studio.ask(
          "POST", "/api/v1/pieces",
          body:
            "{\"order\": {\"kind\": \"variation\", \"model\": \"tiny\", \"source\": \"\(id)\", \"bars\": [1, 2]}}"
        )
        #expect(refused.status == 422)
      }
    }

    @Test func `a locked last bar stays where only the end of the track lies behind its line`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        var source = Self.line(bars: Array(0..<8), of: 8)
        source.endTick += 26
        let id = try await take(source, into: studio)
        #expect(try await lock("{\"bars\": [[8, 8]]}", of: id, studio).status == 200)
        // What lies behind the line may be named with the bar.
        for bars in ["", ", \"bars\": [1, 9]"] {
          let piece = try await order(
            "{\"kind\": \"variation\", \"model\": \"tiny\", \"source\": \"\(id)\", \"seed\": 5\(bars)}",
            studio)
          #expect((piece["order"] as? [String: Any])?["bars"] as? [Int] == [1, 7])
          let after = try await score(try #require(piece["id"] as? String), studio)
          #expect(notes(after, in: 7..<8) == notes(source, in: 7..<8))
          #expect(notes(after, in: 0..<7) != notes(source, in: 0..<7))
        }
      }
    }

    @Test(arguments: ["[1, 5]", "[5, 5]", "[1, 9223372036854775807]"])
    func `bars that are not there are not varied around what is locked`(bars: String) async throws {
      try await StudioScene.run { (studio) async throws in
        let id = try await take(Self.line(bars: [0, 1, 2, 3], of: 4), into: studio)
        #expect(try await lock("{\"bars\": [[2, 2]]}", of: id, studio).status == 200)
        let answer = try await studio.ask(
          "POST", "/api/v1/pieces",
          body:
            "{\"order\": {\"kind\": \"variation\", \"model\": \"tiny\", \"source\": \"\(id)\", \"bars\": \(bars)}}"
        )
        #expect(answer.status == 422)
        #expect((answer.json["error"] as? String)?.contains("some of 1 to 4") == true)
      }
    }

    @Test func `a bar in which a note ends is one, and is none when the note is gone`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        var source = Self.line(bars: [0, 1, 2, 3], of: 4)
        source.endTick += 400
        let id = try await take(source, into: studio)
        let path = "/api/v1/pieces/\(id)"
        /// As the record and as the lines have them.
        func counts() async throws -> [Int?] {
          let lines = try await studio.ask("GET", "\(path)/score").json["bars"] as? [Int]
          return [try await studio.ask("GET", path).json["bars"] as? Int, lines?.count]
        }
        func edit(remove: String = "", add: String = "") async throws -> Answer {
          try await studio.ask(
            "POST", "\(path)/edits", body: "{\"remove\": [\(remove)], \"add\": [\(add)]}")
        }
        #expect(try await counts() == [4, 4])
        let note = Self.item(Note(onset: 7640, duration: 200, pitch: 90, velocity: 60))
        #expect(try await edit(add: note).json["bars"] as? Int == 5)
        #expect(try await counts() == [5, 5])
        #expect(try await edit(remove: note).json["bars"] as? Int == 4)
        #expect(try await counts() == [4, 4])
      }
    }

    @Test func `rests that the vocabulary does not tell stay, and all else that is free is varied`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        // Bar 8, behind the second lock, holds nothing but the end.
        let source = Self.line(bars: Array(0..<6), of: 8)
        let id = try await take(source, into: studio)
        #expect(try await lock("{\"bars\": [[3, 3], [7, 7]]}", of: id, studio).status == 200)
        let piece = try await order(
          "{\"kind\": \"variation\", \"model\": \"tiny\", \"source\": \"\(id)\", \"seed\": 5}",
          studio)
        let after = try await score(try #require(piece["id"] as? String), studio)
        #expect(notes(after, in: 2..<3) == notes(source, in: 2..<3))
        #expect(notes(after, in: 6..<8).isEmpty)
        for varied in [0..<2, 3..<6] {
          #expect(notes(after, in: varied) != notes(source, in: varied))
        }
      }
    }

    @Test func `what is locked cannot be changed by hand until it is unlocked`() async throws {
      try await StudioScene.run { (studio) async throws in
        let source = Self.line(bars: [0, 1, 2, 3], of: 4)
        let id = try await take(source, into: studio)
        #expect(try await lock(Self.all, of: id, studio).status == 200)
        func edit(remove: [Note], add: [Note]) async throws -> Int {
          let body =
            "{\"remove\": [\(remove.map(Self.item).joined(separator: ","))], \"add\": [\(add.map(Self.item).joined(separator: ","))]}"
          return try await studio.ask("POST", "/api/v1/pieces/\(id)/edits", body: body).status
        }
        let line = source.tracks[0].notes
        #expect(try await edit(remove: [Self.noteOfThird], add: []) == 409)
        #expect(try await edit(remove: [line[10]], add: []) == 409)
        #expect(
          try await edit(
            remove: [], add: [Note(onset: 2000, duration: 100, pitch: 90, velocity: 60)]) == 409)
        // A note that would end a locked one of its pitch changes it, too.
        let over = Note(
          onset: Self.noteOfThird.onset + 20, duration: 50, pitch: Self.noteOfThird.pitch,
          velocity: 60)
        #expect(try await edit(remove: [], add: [over]) == 409)
        let taken = Score(try MIDIFile(bytes: source.midiFile().bytes()))
        #expect(try await score(id, studio).tracks == taken.tracks)
        #expect(try await edit(remove: [line[0]], add: []) == 200)
        #expect(try await lock("{}", of: id, studio).json["locks"] == nil)
        #expect(try await edit(remove: [Self.noteOfThird], add: []) == 200)
      }
    }

    @Test func `a beginning in which something is locked stays as it is when the piece goes on`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        let source = Self.line(bars: [0, 1, 2, 3], of: 4)
        let id = try await take(source, into: studio)
        let order = """
          {"kind": "continuation", "model": "tiny", "source": "\(id)", "seed": 5, "afterBar": 3,
            "length": {"unit": "notes", "amount": 20}}
          """
        #expect(try await lock("{\"bars\": [[4, 4]]}", of: id, studio).status == 200)
        // What is locked after the beginning has no part in it.
        #expect(try await self.order(order, studio)["isBeyondCommands"] == nil)
        #expect(try await lock("{\"bars\": [[1, 1], [4, 4]]}", of: id, studio).status == 200)
        let piece = try await self.order(order, studio)
        let after = try await score(try #require(piece["id"] as? String), studio)
        #expect(notes(after, in: 0..<3) == notes(source, in: 0..<3))
        #expect(notes(after, in: 3..<1000).count >= 20)
        #expect(after.tempos == source.tempos)
        let locks = try #require(piece["locks"] as? [String: Any])
        #expect(locks["bars"] as? [[Int]] == [[1, 1]])
      }
    }

    @Test func `what comes after the last bar begins at its line, wherever the end is`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        /// What is written after a bar of a piece of four that ends so long after them.
        func written(afterBar bar: Int, silence: Int) async throws -> Set<Note> {
          var source = Self.line(bars: [0, 1, 2, 3], of: 4)
          source.endTick += silence
          let id = try await take(source, into: studio)
          #expect(try await lock("{\"bars\": [[1, 1]]}", of: id, studio).status == 200)
          let piece = try await order(
            """
            {"kind": "continuation", "model": "tiny", "source": "\(id)", "seed": 5,
              "afterBar": \(bar), "length": {"unit": "notes", "amount": 20}}
            """, studio)
          let after = try await score(try #require(piece["id"] as? String), studio)
          #expect(notes(after, in: 0..<4) == notes(source, in: 0..<4))
          return notes(after, in: 4..<1000)
        }
        let expected = try await written(afterBar: 4, silence: 0)
        #expect(expected.count >= 20)
        #expect(try await written(afterBar: 4, silence: 26) == expected)
        #expect(try await written(afterBar: .max, silence: 0) == expected)
      }
    }

    @Test func `a gap is filled and all around it stays`() async throws {
      try await StudioScene.run { (studio) async throws in
        let source = Self.line(bars: [0, 1, 3], of: 4)
        let id = try await take(source, into: studio)
        let piece = try await order(
          "{\"kind\": \"filling\", \"model\": \"tiny\", \"source\": \"\(id)\", \"seed\": 5}", studio
        )
        #expect((piece["order"] as? [String: Any])?["bars"] as? [Int] == [3, 3])
        #expect(piece["isBeyondCommands"] == nil)
        let after = try await score(try #require(piece["id"] as? String), studio)
        #expect(!notes(after, in: 2..<3).isEmpty)
        #expect(notes(after, in: 0..<2) == notes(source, in: 0..<2))
        #expect(notes(after, in: 3..<4) == notes(source, in: 3..<4))
        #expect((piece["difference"] as? [String: Int])?["removed"] == 0)
      }
    }

    @Test func `what is locked of a track that a file has lost keeps nothing`() {
      let score = Self.line(bars: [0], of: 1)
      var locks = PieceLocks()
      locks.notes = [PieceNote(score.tracks[0].notes[0], track: 3)]
      let kept = KeptNotes(lockedIn: locks, of: score)
      #expect(kept.putting(backInto: score, of: score, writtenIn: [0..<1920]) == score)
    }

    @Test func `half a bar is filled between its notes`() async throws {
      try await StudioScene.run { (studio) async throws in
        var source = Self.line(bars: [0, 1, 2], of: 3)
        // From the third quarter of the second bar to its end nothing is struck.
        source.tracks[0].notes.removeAll { 1920 + 960..<3840 ~= $0.onset }
        let id = try await take(source, into: studio)
        var written = 0
        for seed in 1...4 {
          let piece = try await order(
            "{\"kind\": \"filling\", \"model\": \"tiny\", \"source\": \"\(id)\", \"bars\": [2, 2], \"seed\": \(seed)}",
            studio)
          #expect(piece["isBeyondCommands"] as? Bool == true)
          let after = try await score(try #require(piece["id"] as? String), studio)
          let old = Set(source.tracks[0].notes)
          let new = Set(after.tracks.flatMap(\.notes))
          #expect(old.isSubset(of: new))
          let end = source.tracks[0].notes[11].end
          #expect(new.subtracting(old).allSatisfy { $0.onset >= end && $0.end <= 3840 + 2 })
          written += new.count - old.count
        }
        #expect(written > 0)
      }
    }

    @Test(arguments: [
      "{\"kind\": \"filling\", \"model\": \"tiny\", \"source\": \"ID\"}",
      "{\"kind\": \"filling\", \"model\": \"tiny\", \"source\": \"ID\", \"bars\": [1, 1]}",
      "{\"kind\": \"filling\", \"model\": \"tiny\", \"source\": \"ID\", \"bars\": [3, 9]}",
      "{\"kind\": \"filling\", \"model\": \"tiny\", \"source\": \"ID\", \"track\": 7}",
      "{\"kind\": \"filling\", \"model\": \"tiny\", \"source\": \"ID\", \"track\": -9223372036854775808}",
      "{\"kind\": \"variation\", \"model\": \"tiny\", \"source\": \"ID\", \"track\": 0}",
      "{\"kind\": \"filling\", \"model\": \"tiny\", \"source\": \"ID\", \"strength\": 0.5}",
      "{\"kind\": \"harmony\", \"model\": \"tiny\", \"source\": \"ID\"}",
      "{\"kind\": \"accompaniment\", \"model\": \"tiny\", \"source\": \"ID\"}",
    ])
    func `what cannot be written is refused in a line`(text: String) async throws {
      try await StudioScene.run { (studio) async throws in
        let id = try await take(Self.line(bars: [0, 1], of: 2), into: studio)
        let answer = try await studio.ask(
          "POST", "/api/v1/pieces",
          body: "{\"order\": \(text.replacingOccurrences(of: "ID", with: id))}")
        #expect(answer.status == 422, "\(answer.text)")
        #expect((answer.json["error"] as? String)?.contains("\n") == false)
      }
    }

    @Test(arguments: [
      "{\"bars\": [[0, 1]]}", "{\"bars\": [[3, 2]]}", "{\"bars\": [[1, 99]]}", "{\"bars\": [[1]]}",
      "{\"bars\": [[1, 9223372036854775807]]}", "{\"notes\": [1]}", "{\"rooms\": []}",
      "{\"notes\": [{\"track\": 5, \"onset\": 0, \"duration\": 1, \"pitch\": 60, \"velocity\": 1}]}",
      "{\"notes\": [{\"track\": 0, \"onset\": 1, \"duration\": 1, \"pitch\": 60, \"velocity\": 1}]}",
    ])
    func `what is not there cannot be locked`(locks: String) async throws {
      try await StudioScene.run { (studio) async throws in
        let id = try await take(Self.line(bars: [0, 1], of: 2), into: studio)
        #expect([400, 409, 422].contains(try await lock(locks, of: id, studio).status))
        #expect(try await studio.ask("GET", "/api/v1/pieces/\(id)").json["locks"] == nil)
      }
    }
  }
}
