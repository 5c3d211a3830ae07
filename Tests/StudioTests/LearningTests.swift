import FileStorage
import Foundation
import MuseGen
import Testing

@testable import Studio

extension ServedTests {
  struct LearningTests {
    /// Stands in for a process that trains: leaves a log as one does, and ends when it is interrupted.
    static let trainer: @Sendable (TrainingTask) -> ProgramCall? = { task in
      switch task {
      case .start(let music, let run, _, _, _, _, _):
        let step =
          #"{"epoch":0.1,"gradientNorm":1,"isClipped":false,"kind":"step","learningRate":0.001,"nats":4.5,"peakMemory":1,"progress":0.25,"schema":2,"seconds":2,"step":1,"time":"2026-02-01T20:15:03.250Z","tokens":10}"#
        let start = #"{"corpus":["x"],"folder":"/","output":"/x"}"#
        return ProgramCall(
          program: "/bin/sh",
          arguments: [
            "-c",
            """
            test -e "$0/stop.mid" && { echo "error: no music" >&2; exit 65; }
            mkdir -p "$1/samples"; echo '\(start)' > "$1/run.json"; echo '\(step)' > "$1/metrics.jsonl"
            cp "$0/a.mid" "$1/samples/step-000001.mid"
            trap 'exit 130' INT
            while :; do sleep 0.05; done
            """, music, run,
          ])
      case .resume: return nil
      }
    }

    @Test func `music is taken in, a model learns from it, and is stopped`() async throws {
      try await StudioScene.run(training: Self.trainer) { (studio) async throws in
        let notes = try await studio.piece(notes: 20)
        let bytes = try await studio.ask("GET", "/api/v1/pieces/\(notes)/piece.mid").body
        #expect(try await studio.send(bytes, to: "/api/v1/music/mine?name=a.mid") == 204)
        #expect(try await studio.send(bytes, to: "/api/v1/music/mine?name=deep/er/b.mid") == 204)
        let music = try await studio.ask("GET", "/api/v1/music").list
        #expect(music.count == 1 && music[0]["files"] as? Int == 2)
        let order = "{\"name\": \"tune\", \"music\": \"mine\", \"minutes\": 1}"
        let started = try await studio.ask("POST", "/api/v1/trainings", body: order)
        #expect(started.status == 201, "\(started.text)")
        #expect(try await studio.ask("POST", "/api/v1/trainings", body: order).status == 409)
        let log = try await studio.webSocket("/api/v1/trainings/tune/log")
        #expect(try await log.answer().status == 101)
        var nats: Double?
        while nats == nil {
          let message = try JSONSerialization.jsonObject(with: Data(try await log.frame().payload))
          let lines = (message as? [String: Any])?["lines"] as? [[String: Any]] ?? []
          nats = lines.first?["nats"] as? Double
        }
        #expect(nats == 4.5)
        let training = try await studio.ask("GET", "/api/v1/trainings/tune").json
        #expect(training["samples"] as? [Int] == [1])
        let sample = try await studio.ask("POST", "/api/v1/trainings/tune/samples/1")
        #expect(sample.status == 201 && sample.json["name"] as? String == "tune after 1 step")
        #expect(try await studio.ask("POST", "/api/v1/trainings/tune/samples/2").status == 404)
        #expect(try await studio.ask("POST", "/api/v1/trainings/tune/stop").status == 200)
        // The conversation ends with the process.
        while try await log.frame().opcode != 8 {}
        log.close()
        #expect(try await studio.ask("POST", "/api/v1/trainings/tune/stop").status == 409)
        #expect(try await studio.ask("DELETE", "/api/v1/music/mine").status == 204)
        #expect(try await studio.ask("GET", "/api/v1/music").list.isEmpty)
      }
    }

    @Test(arguments: [
      ("", true), (", \"given\": \"highest\"", false), (", \"from\": \"tiny\"", true),
    ])
    func `samples are asked for of a model that writes whole pieces`(
      more: String, hasSamples: Bool
    ) async throws {
      let (tasks, told) = AsyncStream.makeStream(of: TrainingTask.self)
      let trainer: @Sendable (TrainingTask) -> ProgramCall? = { task in
        told.yield(task)
        return nil
      }
      try await StudioScene.run(training: trainer) { (studio) async throws in
        #expect(try await studio.send(Data([1]), to: "/api/v1/music/mine?name=a.mid") == 204)
        let answer = try await studio.ask(
          "POST", "/api/v1/trainings",
          body: "{\"name\": \"tune\", \"music\": \"mine\", \"minutes\": 1\(more)}")
        // Nothing trains here.
        #expect(answer.status == 501)
        var iterator = tasks.makeAsyncIterator()
        let task = await iterator.next()
        guard case .start(_, _, _, _, _, _, let isAsked)? = task else {
          Issue.record("no training begins")
          return
        }
        #expect(isAsked == hasSamples)
      }
    }

    @Test func `a model learns, and a piece sounds, in a folder whose name is no text`()
      async throws
    {
      let outer = StudioScene.newFolder()
      defer { try? removeFolder(at: outer) }
      let folder = "\(outer)/" + String(systemPath: [0x53, 0xFC, 0x25])
      try await StudioScene.run(folder: folder, training: Self.trainer) { (studio) async throws in
        let id = try await studio.piece(notes: 20)
        let bytes = try await studio.ask("GET", "/api/v1/pieces/\(id)/piece.mid").body
        #expect(try await studio.send(bytes, to: "/api/v1/music/mine?name=a.mid") == 204)
        func order(_ name: String, of music: String) async throws -> Int {
          try await studio.ask(
            "POST", "/api/v1/trainings",
            body: "{\"name\": \"\(name)\", \"music\": \"\(music)\", \"minutes\": 1}"
          ).status
        }
        #expect(try await order("tune", of: "mine") == 201)
        let log = try await studio.webSocket("/api/v1/trainings/tune/log")
        #expect(try await log.answer().status == 101)
        var nats: Double?
        while nats == nil {
          let message = try JSONSerialization.jsonObject(with: Data(try await log.frame().payload))
          let lines = (message as? [String: Any])?["lines"] as? [[String: Any]] ?? []
          nats = lines.first?["nats"] as? Double
        }
        #expect(nats == 4.5)
        #expect(try await studio.ask("POST", "/api/v1/trainings/tune/stop").status == 200)
        while try await log.frame().opcode != 8 {}
        log.close()
        let stopped = try await studio.ask("GET", "/api/v1/trainings/tune").json
        #expect(stopped["error"] == nil)

        #expect(try await studio.send(Data([1]), to: "/api/v1/music/none?name=stop.mid") == 204)
        #expect(try await order("other", of: "none") == 201)
        var training: [String: Any] = [:]
        while training["error"] == nil {
          training = try await studio.ask("GET", "/api/v1/trainings/other").json
          try await Task.sleep(for: .milliseconds(10))
        }
        #expect(training["error"] as? String == "error: no music")

        if (try? SoundFont.discover()) != nil {
          let sound = try await studio.ask("GET", "/api/v1/pieces/\(id)/piece.wav")
          #expect(sound.status == 200 && sound.body.starts(with: Data("RIFF".utf8)))
        }
      }
      #expect(try listFolder(at: outer).map(\.systemPath) == [[0x53, 0xFC, 0x25]])
    }

    @Test func `a program is called with the bytes of names and variables that are no text`()
      throws
    {
      let odd = String(systemPath: [0xFC] + Array(" '100%'\\\n".utf8))
      let call = ProgramCall(
        program: "/bin/sh",
        arguments: ["-c", #"printf '%s|%s|%s' "$0" "$1" "$NAME""#, odd, "it's 100%"]
      ).inText(environment: ["NAME": odd, "A B": odd, "PATH": "/bin"])
      let process = Process()
      process.executableURL = URL(filePath: call.program)
      process.arguments = call.arguments
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let said = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      let expected = odd.systemPath + Array("|it's 100%|".utf8) + odd.systemPath
      #expect(Array(said) == expected)
      let plain = ProgramCall(program: "/bin/sh", arguments: ["-c", "ü"])
      #expect(plain.inText(environment: ["A": "ü"]) == plain)
    }

    @Test(arguments: [1_499, 1_500, 1_501, 2_999, 3_001])
    func `of a long log no more is told at once than is drawn, and its end`(steps: Int) async throws
    {
      try await StudioScene.run(training: Self.trainer) { (studio) async throws in
        let run = "\(studio.folder)/studio/runs/long"
        try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
        let start = #"{"corpus":["x"],"folder":"/","output":"/x"}"#
        let lines = (1...steps).map { step in
          #"{"epoch":0.1,"gradientNorm":1,"isClipped":false,"kind":"step","learningRate":0.001,"nats":4.5,"peakMemory":1,"progress":0.25,"schema":2,"seconds":2,"step":\#(step),"time":"2026-02-01T20:15:03.250Z","tokens":10}"#
            + "\n"
        }
        try Data(start.utf8).write(to: URL(filePath: "\(run)/run.json"))
        try Data(lines.joined().utf8).write(to: URL(filePath: "\(run)/metrics.jsonl"))
        let log = try await studio.webSocket("/api/v1/trainings/long/log")
        defer { log.close() }
        #expect(try await log.answer().status == 101)
        let message = try JSONSerialization.jsonObject(with: Data(try await log.frame().payload))
        let told = (message as? [String: Any])?["lines"] as? [[String: Any]] ?? []
        #expect((min(steps, 750)...1_500).contains(told.count))
        #expect(told.first?["step"] as? Int == 1 && told.last?["step"] as? Int == steps)
      }
    }

    @Test func `a training whose studio was killed is found again, and no other process`()
      async throws
    {
      let run = StudioScene.newFolder()
      defer {
        for ending in ["", ".process"] {
          try? FileManager.default.removeItem(atPath: run + ending)
        }
      }
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = [
        "-c", "trap 'exit 130' INT; touch \"$0\"; while :; do sleep 0.02; done", run,
      ]
      try process.run()
      while !FileManager.default.fileExists(atPath: run) {
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(TrainingProcess.Orphan(of: run) == nil)
      let number = Data("\(process.processIdentifier)\n".utf8)
      try number.write(to: URL(filePath: run + ".process"))
      // Another process that has the number of one that trained in another folder.
      let other = run + "-other"
      defer { try? FileManager.default.removeItem(atPath: other + ".process") }
      try number.write(to: URL(filePath: other + ".process"))
      #expect(TrainingProcess.Orphan(of: other) == nil)
      try #require(TrainingProcess.Orphan(of: run)).interrupt()
      process.waitUntilExit()
      #expect(process.terminationStatus == 130)
    }

    @Test func `of two trainings that are started under one name at once there is one`()
      async throws
    {
      try await StudioScene.run(training: Self.trainer) { (studio) async throws in
        #expect(try await studio.send(Data([1]), to: "/api/v1/music/mine?name=a.mid") == 204)
        let order = "{\"name\": \"tune\", \"music\": \"mine\", \"minutes\": 1}"
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
          for _ in 0..<8 {
            group.addTask { try await studio.ask("POST", "/api/v1/trainings", body: order).status }
          }
          return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.sorted() == [201] + [Int](repeating: 409, count: 7))
      }
    }

    @Test func `a studio that finds its port taken stops nothing that learns`() async throws {
      try await StudioScene.run { (studio) async throws in
        // What a studio that was killed has left: a run whose process goes on.
        let folder = StudioScene.newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = "\(folder)/runs/long"
        let lock = try FolderClaim(folder: run)
        let start = #"{"corpus":["x"],"folder":"/","output":"/x"}"#
        try Data(start.utf8).write(to: URL(filePath: "\(run)/run.json"))
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
          "-c", "trap 'exit 130' INT; touch \"$0/begun\"; while :; do sleep 0.02; done", run,
        ]
        try process.run()
        while !FileManager.default.fileExists(atPath: "\(run)/begun") {
          try await Task.sleep(for: .milliseconds(5))
        }
        try Data("\(process.processIdentifier)\n".utf8).write(to: URL(filePath: run + ".process"))
        let settings = StudioSettings(port: studio.port, folder: folder) { _, _ in nil }
        let server = try StudioServer(settings: settings)
        await #expect(throws: StudioError(.portTaken(studio.port))) {
          try await server.run { _ in }
        }
        try await Task.sleep(for: .milliseconds(300))
        #expect(process.isRunning)
        process.interrupt()
        process.waitUntilExit()
        lock.release()
      }
    }

    @Test(arguments: ["", "?of=tune", "?of=tune&of=none", "?of=..&of=tune"])
    func `runs that cannot be compared are told of`(query: String) async throws {
      try await StudioScene.run(training: Self.trainer) { (studio) async throws in
        let answer = try await studio.ask("GET", "/api/v1/comparison\(query)")
        #expect([400, 404].contains(answer.status))
        #expect(answer.json["error"] as? String != nil)
      }
    }

    @Test func `why a training does not begin is told`() async throws {
      try await StudioScene.run(training: Self.trainer) { (studio) async throws in
        #expect(try await studio.send(Data([1]), to: "/api/v1/music/mine?name=stop.mid") == 204)
        let order = "{\"name\": \"tune\", \"music\": \"mine\", \"minutes\": 1}"
        #expect(try await studio.ask("POST", "/api/v1/trainings", body: order).status == 201)
        var training: [String: Any] = [:]
        while training["error"] == nil {
          training = try await studio.ask("GET", "/api/v1/trainings/tune").json
          try await Task.sleep(for: .milliseconds(10))
        }
        #expect(training["state"] as? String == "failed")
        #expect(training["error"] as? String == "error: no music")
      }
    }

    @Test func `a file called xml is taken in where it is MusicXML`() async throws {
      try await StudioScene.run(training: Self.trainer) { (studio) async throws in
        let score = Data("<?xml version=\"1.0\"?><score-partwise version=\"4.0\">".utf8)
        #expect(try await studio.send(score, to: "/api/v1/music/mine?name=a.xml") == 204)
        let other = Data("<?xml version=\"1.0\"?><catalogue>".utf8)
        #expect(try await studio.send(other, to: "/api/v1/music/mine?name=b.xml") == 422)
        let music = try await studio.ask("GET", "/api/v1/music").list
        #expect(music.count == 1 && music[0]["files"] as? Int == 1)
      }
    }

    @Test(arguments: [
      "mine?name=../../evil.mid", "mine?name=..%2Fevil.mid", "mine?name=.hidden.mid",
      "mine?name=evil.sh", "mine?name=", "..?name=a.mid", "%2e%2e?name=a.mid", "A%20B?name=a.mid",
      "mine?name=a/b/c/d/e/f/g/h/i.mid",
    ])
    func `hostile names lead nowhere`(path: String) async throws {
      try await StudioScene.run(training: Self.trainer) { (studio) async throws in
        let before = try FileManager.default.subpathsOfDirectory(atPath: studio.folder).count
        #expect(try await studio.send(Data([1]), to: "/api/v1/music/\(path)") >= 400)
        #expect(
          try FileManager.default.subpathsOfDirectory(atPath: studio.folder).count == before)
      }
    }

    @Test(arguments: [
      "{\"name\": \"../x\", \"music\": \"mine\", \"minutes\": 1}",
      "{\"name\": \"tune\", \"music\": \"none\", \"minutes\": 1}",
      "{\"name\": \"tune\", \"music\": \"mine\", \"minutes\": 0}",
      "{\"name\": \"tiny\", \"music\": \"mine\", \"minutes\": 1}",
      "{\"name\": \"tune\", \"music\": \"mine\", \"minutes\": 1, \"from\": \"none\"}",
      "{\"name\": \"tune\", \"music\": \"mine\", \"minutes\": 1, \"colour\": 3}",
      "{\"name\": \"tune\", \"music\": \"mine\", \"minutes\": 1, \"given\": \"\"}",
      "{\"name\": \"tune\", \"music\": \"mine\", \"minutes\": 1, \"given\": \"--run\"}",
      "{\"name\": \"tune\", \"music\": \"mine\", \"minutes\": 1, \"given\": \"1\", \"from\": \"tiny\"}",
    ])
    func `an order that cannot be is refused`(order: String) async throws {
      try await StudioScene.run(training: Self.trainer) { (studio) async throws in
        #expect(try await studio.send(Data([1]), to: "/api/v1/music/mine?name=a.mid") == 204)
        let answer = try await studio.ask("POST", "/api/v1/trainings", body: order)
        #expect([400, 409, 422].contains(answer.status))
        #expect(try await studio.ask("GET", "/api/v1/trainings").list.isEmpty)
      }
    }
  }
}
