import Foundation
import Testing

@testable import Studio

extension ServedTests {
  struct RequestTests {
    @Test(arguments: [
      "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "//etc/passwd",
      "/studio.css/..",
      "/api/v1/pieces/../../../etc/passwd", "/api/v1/pieces/..%2f..%2fetc",
      "/api/v1/pieces/0123456789ABCDEF",
      "/api/v1/pieces/0123456789abcde/score", "/api/v1/pieces/0123456789abcdef/../piece.mid",
      "/api/v1/",
      "/api/v2/pieces", "/index.html", "/\u{0}", "/api/v1/pieces/0123456789abcdef/piece.json", "*",
      "http://evil.example/",
    ])
    func `nothing but the page's files and the interface is served`(path: String) async throws {
      try await StudioScene.run { (studio) async throws in
        #expect(try await studio.ask("GET", path).status == 404)
      }
    }

    @Test func `a body that is too long is refused, and the connection goes on`() async throws {
      try await StudioScene.run { (studio) async throws in
        let client = try await studio.connect()
        defer { client.close() }
        for (path, count) in [("pieces", (1 << 20) + 1), ("imports", (16 << 20) + 1)] {
          let head =
            "POST /api/v1/\(path) HTTP/1.1\r\nHost: 127.0.0.1:\(studio.port)\r\nContent-Length: \(count)\r\n\r\n"
          try await client.send(head)
          try await client.send([UInt8](repeating: 32, count: count))
          let answer = try await client.answer()
          #expect(answer.status == 413)
          #expect(answer.text.contains("\(count) bytes"))
        }
        try await client.send(
          "GET /api/v1/pieces HTTP/1.1\r\nHost: 127.0.0.1:\(studio.port)\r\n\r\n")
        #expect(try await client.answer().status == 200)
      }
    }

    @Test(arguments: [
      "Content-Length: 99999999999", "Transfer-Encoding: chunked",
      "Content-Length: 9223372036854775807",
    ])
    func `what is not read ends the connection, so that no request hides in it`(header: String)
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        let client = try await studio.connect()
        defer { client.close() }
        let host = "Host: 127.0.0.1:\(studio.port)\r\n"
        try await client.send("POST /api/v1/pieces HTTP/1.1\r\n\(host)\(header)\r\n\r\n")
        try await client.send("DELETE /api/v1/pieces/0123456789abcdef HTTP/1.1\r\n\(host)\r\n")
        let status = try await client.answer().status
        #expect(status == 413 || status == 411)
        #expect(await client.isClosed())
        #expect(try await studio.ask("GET", "/").status == 200)
      }
    }

    @Test func `the body of a request that is refused is not taken for another`() async throws {
      try await StudioScene.run { (studio) async throws in
        let hidden = "GET /api/v1/pieces HTTP/1.1\r\nHost: 127.0.0.1:\(studio.port)\r\n\r\n"
        // Longer than what FlyingFox reads by itself.
        let body = hidden + String(repeating: " ", count: 3 << 20)
        let client = try await studio.connect()
        defer { client.close() }
        try await client.send(
          "POST /api/v1/pieces HTTP/1.1\r\nHost: 127.0.0.1:\(studio.port)\r\nOrigin: http://evil.example\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(try await client.answer().status == 403)
        #expect(await client.isClosed())
      }
    }

    @Test(arguments: [
      "", "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "\u{0}\u{1}\u{2}\r\n\r\n",
      "GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    ])
    func `what is no request ends its connection and nothing else`(text: String) async throws {
      try await StudioScene.run { (studio) async throws in
        let client = try await studio.connect()
        try await client.send(text)
        try await Task.sleep(for: .milliseconds(20))
        client.close()
        #expect(try await studio.ask("GET", "/").status == 200)
      }
    }

    @Test(arguments: [
      ("", 400), ("{", 400), ("[]", 400), ("{\"order\": 1}", 400),
      ("{\"order\": {\"kind\": \"song\", \"model\": \"tiny\"}}", 400),
      ("{\"order\": {\"kind\": \"new\", \"model\": \"tiny\", \"kee\": 1}}", 400),
      ("{\"order\": {\"kind\": \"new\", \"model\": \"none\"}}", 422),
      ("{\"order\": {\"kind\": \"new\", \"model\": \"../tiny\"}}", 422),
      ("{\"order\": {\"kind\": \"new\", \"model\": \"tiny\", \"style\": \"x\"}}", 422),
      ("{\"order\": {\"kind\": \"new\", \"model\": \"tiny\", \"key\": \"H-dur\"}}", 422),
      ("{\"order\": {\"kind\": \"new\", \"model\": \"tiny\", \"temperature\": -1}}", 422),
      ("{\"order\": {\"kind\": \"new\", \"model\": \"tiny\", \"bars\": [1, 2]}}", 422),
      ("{\"order\": {\"kind\": \"variation\", \"model\": \"tiny\"}}", 422),
      ("{\"order\": {\"kind\": \"variation\", \"model\": \"tiny\", \"source\": \"../../x\"}}", 404),
      (
        "{\"order\": {\"kind\": \"new\", \"model\": \"tiny\", \"length\": {\"unit\": \"seconds\", \"amount\": 1e99}}}",
        400
      ),
      (
        "{\"order\": {\"kind\": \"new\", \"model\": \"tiny\", \"length\": {\"unit\": \"bars\", \"amount\": 0}}}",
        422
      ),
      ("{\"order\": {\"kind\": \"new\", \"model\": \"tiny\", \"seed\": -1}}", 400),
    ])
    func `an order that cannot be carried out is told in a line`(body: String, status: Int)
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        let answer = try await studio.ask("POST", "/api/v1/pieces", body: body)
        #expect(answer.status == status, "\(answer.text)")
        let line = try #require(answer.json["error"] as? String)
        #expect(!line.isEmpty && !line.contains("\n"))
        #expect(try await studio.ask("GET", "/api/v1/pieces").list.isEmpty)
      }
    }

    @Test func `a hundred clients are answered at once`() async throws {
      try await StudioScene.run { (studio) async throws in
        try await withThrowingTaskGroup(of: Int.self) { group in
          for number in 0..<100 {
            group.addTask {
              try await studio.ask("GET", number % 2 == 0 ? "/api/v1/models" : "/studio.js").status
            }
          }
          for try await status in group { #expect(status == 200) }
        }
      }
    }
  }
}
