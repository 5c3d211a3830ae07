import Foundation
import MuseGen
import Testing

@testable import Studio

extension ServedTests {
  struct PieceTests {
    @Test func `a piece is what the generator writes, and stays when the studio is closed`()
      async throws
    {
      let folder = StudioScene.newFolder()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      var id = ""
      try await StudioScene.run(folder: folder) { (studio) async throws in
        id = try await studio.piece(notes: 60)
        var settings = GenerationSettings()
        settings.length = .notes(60)
        settings.seed = 7
        var score = try await StudioScene.model.generate(settings)
        PieceCredit(model: StudioScene.model, seed: 7).sign(&score)
        let answer = try await studio.ask("GET", "/api/v1/pieces/\(id)/piece.mid")
        #expect(Array(answer.body) == score.midiFile().bytes())
        #expect(answer.headers["content-disposition"]?.contains("Piece 1.mid") == true)
      }
      try await StudioScene.run(folder: folder) { (studio) async throws in
        let pieces = try await studio.ask("GET", "/api/v1/pieces").list
        #expect(pieces.map { $0["id"] as? String } == [id])
        #expect(pieces[0]["command"] as? String == StudioScene.command)
        #expect(pieces[0]["stage"] as? String == "finished")
      }
    }

    @Test func `pieces that nobody names have names of their own`() async throws {
      try await StudioScene.run { (studio) async throws in
        var names: [String?] = []
        // The first are written while the next are ordered.
        for notes in [20_000, 20_000, 1] {
          let answer = try await studio.ask(
            "POST", "/api/v1/pieces",
            body:
              "{\"order\": {\"kind\": \"new\", \"model\": \"tiny\", \"length\": {\"unit\": \"notes\", \"amount\": \(notes)}}}"
          )
          names.append(answer.json["name"] as? String)
        }
        #expect(names == ["Piece 1", "Piece 2", "Piece 3"])
      }
    }

    @Test func `notes are told while a piece is written, and are those of its score`() async throws
    {
      try await StudioScene.run { (studio) async throws in
        let answer = try await studio.ask(
          "POST", "/api/v1/pieces",
          body: """
            {"order": {"kind": "new", "model": "tiny", "seed": 3, "length": {"unit": "notes", "amount": 3000}}}
            """)
        let id = try #require(answer.json["id"] as? String)
        let socket = try await studio.webSocket("/api/v1/pieces/\(id)/notes")
        defer { socket.close() }
        #expect(try await socket.answer().status == 101)
        var pitches: [Int] = []
        var stage = ""
        while true {
          let frame = try await socket.frame()
          if frame.opcode == 8 { break }
          let message = try #require(
            try JSONSerialization.jsonObject(with: Data(frame.payload)) as? [String: Any])
          stage = message["stage"] as? String ?? ""
          for case let note as [Double] in message["notes"] as? [Any] ?? [] {
            pitches.append(Int(note[2]))
          }
        }
        #expect(stage == "finished")
        let score = try await studio.ask("GET", "/api/v1/pieces/\(id)/score").json
        let tracks = try #require(score["tracks"] as? [[String: Any]])
        let notes = tracks.flatMap { $0["notes"] as? [[Int]] ?? [] }
        #expect(notes.count >= 3000)
        #expect(notes.map { $0[2] }.sorted() == pitches.sorted())
      }
    }

    @Test func `notes are changed by hand, and the other way round it is undone`() async throws {
      try await StudioScene.run { (studio) async throws in
        let id = try await studio.piece()
        let path = "/api/v1/pieces/\(id)"
        /// All that is told of the notes.
        func notes() async throws -> String? {
          try await studio.ask("GET", "\(path)/score").text.components(separatedBy: "\"tracks\"")
            .last
        }
        let before = try await notes()
        let score = try await studio.ask("GET", "\(path)/score").json
        let first = try #require(
          (score["tracks"] as? [[String: Any]])?.first?["notes"] as? [[Int]])[0]
        func item(_ note: [Int]) -> String {
          "{\"track\": 0, \"onset\": \(note[0]), \"duration\": \(note[1]), \"pitch\": \(note[2]), \"velocity\": \(note[3])}"
        }
        let moved = [first[0] + 10, first[1] + 5, (first[2] + 1) % 128, first[3]]
        func edit(_ gone: [Int], _ new: [Int]) async throws -> Answer {
          try await studio.ask(
            "POST", "\(path)/edits", body: "{\"remove\": [\(item(gone))], \"add\": [\(item(new))]}")
        }
        let edited = try await edit(first, moved)
        #expect(edited.json["edits"] as? Int == 1)
        #expect(try await notes() != before)
        let conflict = try await edit(first, moved)
        #expect(conflict.status == 409)
        let change = try #require(edited.json["change"] as? [String: Any])
        let back = try JSONSerialization.data(
          withJSONObject: ["remove": change["add"] ?? [], "add": change["remove"] ?? []])
        let undone = try await studio.ask(
          "POST", "\(path)/edits", body: String(decoding: back, as: UTF8.self))
        #expect(undone.status == 200)
        #expect(try await notes() == before)
        for bad in [
          [0, 0, 60, 80], [-1, 10, 60, 80], [0, 10, 200, 80], [0, 10, 60, 0], [Int.max, 1, 60, 80],
        ] {
          #expect(try await edit(first, bad).status == 422 || bad[2] > 255)
        }
        #expect(try await notes() == before)
      }
    }

    @Test(arguments: ["piece.json", "piece.mid"])
    func `a change by hand that cannot be written changes nothing`(file: String) async throws {
      try await StudioScene.run { (studio) async throws in
        let id = try await studio.piece()
        let folder = "\(studio.folder)/studio/pieces/\(id)"
        func bytes() throws -> [String: Data] {
          var bytes: [String: Data] = [:]
          for name in ["piece.json", "piece.mid"] where name != file {
            bytes[name] = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
          }
          return bytes
        }
        let score = try await studio.ask("GET", "/api/v1/pieces/\(id)/score").text
        let notes = try await studio.ask("GET", "/api/v1/pieces/\(id)").json["notes"] as? Int
        let before = try bytes()
        // Nothing can be written where a folder stands.
        try FileManager.default.removeItem(atPath: "\(folder)/\(file)")
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(file)", withIntermediateDirectories: false)
        let note =
          "{\"track\": 0, \"onset\": 5, \"duration\": 50, \"pitch\": 60, \"velocity\": 80}"
        let answer = try await studio.ask(
          "POST", "/api/v1/pieces/\(id)/edits", body: "{\"remove\": [], \"add\": [\(note)]}")
        #expect(answer.status == 500)
        #expect(try await studio.ask("GET", "/api/v1/pieces/\(id)/score").text == score)
        let piece = try await studio.ask("GET", "/api/v1/pieces/\(id)").json
        #expect(piece["edits"] as? Int == 0)
        #expect(piece["notes"] as? Int == notes)
        #expect(try bytes() == before)
      }
    }

    @Test(arguments: [
      "../../evil", "a\"b\\c\r\nX: y", "<script>alert(1)</script>", "🎹 \u{202E}dim", "..", "-rf",
    ])
    func `a hostile name stays a name`(name: String) async throws {
      try await StudioScene.run { (studio) async throws in
        let id = try await studio.piece(notes: 5)
        let body = String(decoding: try JSONEncoder().encode(["name": name]), as: UTF8.self)
        let answer = try await studio.ask("PATCH", "/api/v1/pieces/\(id)", body: body)
        #expect(answer.json["name"] as? String == PieceRecord.cleanName(name))
        let file = try await studio.ask("GET", "/api/v1/pieces/\(id)/piece.mid")
        #expect(file.status == 200)
        #expect(file.headers["x"] == nil)
        let disposition = try #require(file.headers["content-disposition"])
        #expect(disposition.matches(of: /"/).count == 2)
        let folders = try FileManager.default.contentsOfDirectory(
          atPath: "\(studio.folder)/studio/pieces")
        #expect(folders == [id])
      }
    }

    @Test func `what is deleted can be taken back until the studio is closed`() async throws {
      let folder = StudioScene.newFolder()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try await StudioScene.run(folder: folder) { (studio) async throws in
        let id = try await studio.piece(notes: 5)
        #expect(try await studio.ask("DELETE", "/api/v1/pieces/\(id)").status == 200)
        #expect(try await studio.ask("GET", "/api/v1/pieces").list.isEmpty)
        #expect(
          try await studio.ask("POST", "/api/v1/pieces/\(id)/restore", body: "{}").status == 200)
        #expect(try await studio.ask("GET", "/api/v1/pieces").list.count == 1)
        #expect(try await studio.ask("DELETE", "/api/v1/pieces/\(id)").status == 200)
      }
      try await StudioScene.run(folder: folder) { (studio) async throws in
        #expect(try await studio.ask("GET", "/api/v1/pieces").list.isEmpty)
        #expect(
          try FileManager.default.contentsOfDirectory(atPath: "\(folder)/studio/pieces").isEmpty)
      }
    }

    @Test func `a second studio leaves the folder and the bin of the first alone`() async throws {
      try await StudioScene.run { (studio) async throws in
        let id = try await studio.piece(notes: 5)
        #expect(try await studio.ask("DELETE", "/api/v1/pieces/\(id)").status == 200)
        let second = StudioSettings(port: 0, folder: "\(studio.folder)/studio") { _, _ in nil }
        #expect(throws: StudioError(.folderTaken(second.folder))) {
          _ = try StudioServer(settings: second)
        }
        #expect(
          try await studio.ask("POST", "/api/v1/pieces/\(id)/restore", body: "{}").status == 200)
      }
    }

    @Test func `a file is taken in byte for byte, and what is none is told of`() async throws {
      try await StudioScene.run { (studio) async throws in
        let bad = try await studio.ask("POST", "/api/v1/imports?name=song.mid", body: "no music")
        #expect(bad.status == 422)
        #expect((bad.json["error"] as? String)?.hasPrefix("song.mid: ") == true)
        let empty = String(decoding: Score().midiFile().bytes(), as: Unicode.ASCII.self)
        #expect(
          try await studio.ask("POST", "/api/v1/imports?name=e.mid", body: empty).status == 422)
        let id = try await studio.piece(notes: 5)
        let bytes = try await studio.ask("GET", "/api/v1/pieces/\(id)/piece.mid").body
        let client = try await studio.connect()
        try await client.send(
          "POST /api/v1/imports?name=My%20song.mid HTTP/1.1\r\nHost: 127.0.0.1:\(studio.port)\r\nContent-Length: \(bytes.count)\r\n\r\n"
        )
        try await client.send(Array(bytes))
        let answer = try await client.answer()
        #expect(answer.status == 201)
        #expect(answer.json["name"] as? String == "My song")
        #expect(answer.json["command"] == nil)
        let taken = try #require(answer.json["id"] as? String)
        #expect(try await studio.ask("GET", "/api/v1/pieces/\(taken)/piece.mid").body == bytes)
      }
    }

    @Test func `a note that is moved beyond the end takes it along, and back again`() async throws {
      try await StudioScene.run { (studio) async throws in
        let id = try await studio.piece()
        let path = "/api/v1/pieces/\(id)"
        let score = try await studio.ask("GET", "\(path)/score").json
        let end = try #require(score["endTick"] as? Int)
        let note =
          "{\"track\": 0, \"onset\": \(end + 5000), \"duration\": 50, \"pitch\": 60, \"velocity\": 80}"
        let edited = try await studio.ask(
          "POST", "\(path)/edits", body: "{\"remove\": [], \"add\": [\(note)]}")
        #expect(edited.status == 200)
        #expect(
          try await studio.ask("GET", "\(path)/score").json["endTick"] as? Int == end + 5050)
        _ = try await studio.ask(
          "POST", "\(path)/edits", body: "{\"remove\": [\(note)], \"add\": []}")
        #expect(try await studio.ask("GET", "\(path)/score").json["endTick"] as? Int == end)
      }
    }

    @Test func `what a network does while it reads a piece has a value for each time`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        let id = try await studio.piece()
        let path = "/api/v1/pieces/\(id)/inside"
        let view = try await studio.ask("GET", path).json
        #expect(view["model"] as? String == "tiny")
        let seconds = try #require(view["seconds"] as? [Double])
        #expect(seconds == seconds.sorted() && seconds.count > 10)
        let gates = try #require(view["gates"] as? [[String: Any]])
        #expect(
          Set(gates.compactMap { $0["name"] as? String })
            == ["input", "forget", "candidate", "output"])
        for curve in gates + (view["units"] as? [[String: Any]] ?? []) {
          #expect((curve["values"] as? [Double])?.count == seconds.count)
        }
        #expect((view["quotations"] as? [Any])?.isEmpty == true)
        #expect(try await studio.ask("GET", "\(path)?model=none").status == 422)
      }
    }

    @Test func `a network that is told no tempo is looked into on the clock of the piece`() throws {
      var settings = MetricalConfiguration()
      settings.tempos = false
      let vocabulary = try VocabularyConfiguration.remi(settings).makeVocabulary()
      let configuration = NetworkConfiguration(
        vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1)
      let model = Model(network: try Network(configuration, seed: 1), vocabulary: vocabulary)
      // Four bars at 100 quarter notes a minute; tokens without a tempo have 120.
      let view = try InsideView(
        of: model, named: "beats", reading: LockTests.line(bars: Array(0..<4), of: 4))
      #expect(view.seconds == view.seconds.sorted())
      #expect(abs(view.readSeconds - 9.6) < 0.7)
    }

    @Test func `a piece is saved as MusicXML, and comes in again with the same notes`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        let id = try await studio.piece()
        let written = try await studio.ask("GET", "/api/v1/pieces/\(id)/piece.musicxml")
        #expect(written.status == 200)
        #expect(written.headers["content-disposition"]?.contains("Piece 1.musicxml") == true)
        let client = try await studio.connect()
        defer { client.close() }
        try await client.send(
          "POST /api/v1/imports?name=a.musicxml HTTP/1.1\r\nHost: 127.0.0.1:\(studio.port)\r\nContent-Length: \(written.body.count)\r\n\r\n"
        )
        try await client.send(Array(written.body))
        let answer = try await client.answer()
        #expect(answer.status == 201)
        #expect(answer.json["name"] as? String == "a")
        let piece = try await studio.ask("GET", "/api/v1/pieces/\(id)").json
        #expect(answer.json["notes"] as? Int == piece["notes"] as? Int)
      }
    }

    @Test func `a piece goes on from another, and keeps its beginning`() async throws {
      try await StudioScene.run { (studio) async throws in
        let source = try await studio.piece(notes: 30)
        let answer = try await studio.ask(
          "POST", "/api/v1/pieces",
          body: """
            {"order": {"kind": "continuation", "model": "tiny", "source": "\(source)", "seed": 5,
              "length": {"unit": "notes", "amount": 50}}}
            """)
        let id = try #require(answer.json["id"] as? String)
        try await studio.finish(id)
        func pitches(_ id: String) async throws -> [Int] {
          let score = try await studio.ask("GET", "/api/v1/pieces/\(id)/score").json
          return (score["tracks"] as? [[String: Any]] ?? []).flatMap {
            $0["notes"] as? [[Int]] ?? []
          }
          .map { $0[2] }
        }
        let (before, after) = (try await pitches(source), try await pitches(id))
        #expect(after.count >= 50)
        #expect(after.starts(with: before))
      }
    }

    @Test
    func
      `a piece that goes on from another is what the generator writes, and tells who wrote either`()
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        let source = try await studio.piece(notes: 30)
        let answer = try await studio.ask(
          "POST", "/api/v1/pieces",
          body: """
            {"order": {"kind": "continuation", "model": "tiny", "source": "\(source)", "seed": 5,
              "length": {"unit": "notes", "amount": 50}}}
            """)
        let id = try #require(answer.json["id"] as? String)
        try await studio.finish(id)
        let given = try await studio.ask("GET", "/api/v1/pieces/\(source)/piece.mid").body
        var settings = GenerationSettings()
        settings.length = .notes(50)
        settings.seed = 5
        settings.primer = Score(try MIDIFile(bytes: Array(given))).leavingOutSilence().score
        var score = try await StudioScene.model.generate(settings)
        PieceCredit(model: StudioScene.model, seed: 5).sign(&score, upon: settings.primer)
        let written = Array(try await studio.ask("GET", "/api/v1/pieces/\(id)/piece.mid").body)
        #expect(written == score.midiFile().bytes())
        let signed = Score(try MIDIFile(bytes: written))
        #expect(PieceCredit.all(in: signed).map(\.seed) == [5, 7])
      }
    }
  }
}
