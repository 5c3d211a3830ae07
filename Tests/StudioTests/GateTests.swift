import Testing

@testable import Studio

extension ServedTests {
  struct GateTests {
    @Test(arguments: ["evil.example", "evil.example:80", "localhost", "127.0.0.1:1", "[::1]", ""])
    func `a host that is not the studio's is refused, as after DNS rebinding`(host: String)
      async throws
    {
      try await StudioScene.run { (studio) async throws in
        let answer = try await studio.ask("GET", "/api/v1/pieces", host: host)
        #expect(answer.status == 421)
        #expect(try await studio.ask("GET", "/", host: host).status == 421)
      }
    }

    @Test func `the studio's own names are let in`() async throws {
      try await StudioScene.run { (studio) async throws in
        for name in ["127.0.0.1", "localhost", "LOCALHOST"] {
          let answer = try await studio.ask("GET", "/api/v1/pieces", host: "\(name):\(studio.port)")
          #expect(answer.status == 200)
        }
      }
    }

    @Test func `pages from elsewhere are refused, whatever they ask`() async throws {
      try await StudioScene.run { (studio) async throws in
        for header in [
          "Origin: http://evil.example", "Origin: null", "Origin: http://127.0.0.1:1",
          "Origin: https://127.0.0.1:\(studio.port)", "Sec-Fetch-Site: cross-site",
          "Sec-Fetch-Site: same-site",
        ] {
          for (method, path) in [
            ("GET", "/api/v1/pieces"), ("POST", "/api/v1/pieces"), ("GET", "/studio.js"),
          ] {
            let answer = try await studio.ask(method, path, headers: [header])
            #expect(answer.status == 403, "\(header) \(path)")
          }
        }
        let socket = try await studio.webSocket(
          "/api/v1/pieces/0123456789abcdef/sound", origin: "http://evil.example")
        #expect(try await socket.answer().status == 403)
      }
    }

    @Test func `a link from elsewhere opens the page`() async throws {
      try await StudioScene.run { (studio) async throws in
        let headers = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"]
        #expect(try await studio.ask("GET", "/", headers: headers).status == 200)
        #expect(try await studio.ask("GET", "/api/v1/pieces", headers: headers).status == 403)
      }
    }

    @Test func `every answer keeps browsers from scripts and frames of others`() async throws {
      try await StudioScene.run { (studio) async throws in
        for path in ["/", "/studio.js", "/api/v1/pieces", "/nothing"] {
          let headers = try await studio.ask("GET", path).headers
          let policy = headers["content-security-policy"] ?? ""
          #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
          #expect(headers["x-content-type-options"] == "nosniff")
          #expect(headers["x-frame-options"] == "DENY")
        }
        let page = try await studio.ask("GET", "/").text
        #expect(!page.contains("style=") && !page.contains("onclick"))
        #expect(page.matches(of: /<script/).count == 1)
      }
    }

    @Test func `beyond this machine a token is asked for`() async throws {
      let token = StudioSettings.makeToken()
      #expect(token.count == 32)
      try await StudioScene.run(token: token, host: "0.0.0.0") { (studio) async throws in
        func status(_ path: String = "/api/v1/pieces", _ headers: String...) async throws -> Int {
          try await studio.ask("GET", path, headers: headers, host: "music.example:1").status
        }
        #expect(try await status() == 401)
        #expect(try await status("/") == 401)
        #expect(try await status("/studio.js") == 401)
        #expect(try await status("/api/v1/pieces", "Authorization: Bearer \(token)") == 200)
        #expect(try await status("/api/v1/pieces", "Authorization: Bearer \(token)0") == 401)
        #expect(
          try await status("/api/v1/pieces", "Authorization: Bearer \(token.dropLast())") == 401)
        #expect(try await status("/api/v1/pieces", "Authorization: Bearer ") == 401)
        #expect(try await status("/api/v1/pieces", "Cookie: a=b; \(Gate.cookie)=\(token)") == 200)
        #expect(try await status("/api/v1/pieces", "Cookie: \(Gate.cookie)=") == 401)
        let welcome = try await studio.ask("GET", "/?token=\(token)")
        #expect(welcome.status == 303)
        #expect(welcome.headers["location"] == "/")
        let cookie = try #require(welcome.headers["set-cookie"])
        #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
        #expect(try await status("/?token=wrong") == 401)
      }
    }
  }
}
