import Downloads
import FileStorage
import Foundation
import Synchronization
import TestSupport
import Testing

/// Downloads from a server of this machine that does not always behave.
struct DownloadTests {
  let folder: String
  let path: String
  let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

  init() throws {
    folder = NSTemporaryDirectory() + "musegen-\(UUID().uuidString)"
    path = folder + "/file.zip"
    try createFolder(at: folder)
  }

  func download(_ address: String, sha256: String? = nil) -> Download {
    var download = Download(address: address, path: path, sha256: sha256)
    download.pause = 0.01
    download.stallSeconds = 1
    return download
  }

  var checksum: String {
    var checksum = SHA256()
    checksum.update(content[...])
    return checksum.hexadecimal
  }

  @Test func `a file arrives whole, with its checksum and nothing beside it`() throws {
    defer { try? removeFolder(at: folder) }
    let server = try LoopbackServer { [content] request, _ in
      .file(content, tag: "a", for: request)
    }
    let last = Mutex<Download.Progress?>(nil)
    let found = try download(server.address + "/file.zip", sha256: checksum.uppercased())
      .run { progress in last.withLock { $0 = progress } }
    #expect(found == checksum)
    #expect(try readFile(at: path) == content)
    #expect(try listFolder(at: folder) == ["file.zip"])
    #expect(last.withLock { $0?.received } == 300_000)
    #expect(last.withLock { $0?.total } == 300_000)
  }

  @Test(arguments: ["tagged", nil])
  func `a connection that is cut again and again is taken up where it broke`(tag: String?) throws {
    defer { try? removeFolder(at: folder) }
    let server = try LoopbackServer { [content] request, _ in
      .file(content, tag: tag, for: request, cutAfter: 70_000)
    }
    #expect(try download(server.address, sha256: checksum).run() == checksum)
    #expect(
      server.requests.map { $0.fields["range"] }
        == [nil, "bytes=70000-", "bytes=140000-", "bytes=210000-", "bytes=280000-"])
  }

  @Test func `a cancelled download goes on in the next run`() async throws {
    defer { try? removeFolder(at: folder) }
    let server = try LoopbackServer { [content] request, number in
      .file(content, tag: "a", for: request, cutAfter: number == 0 ? 100_000 : nil)
    }
    let first = download(server.address)
    let stopped = await Task {
      try first.run { if $0.received >= 100_000 { cancelThisTask() } }
    }.result
    #expect(throws: DownloadError(.cancelled, address: server.address)) { try stopped.get() }
    #expect(fileKind(at: path) == nil)
    #expect(try first.run() == checksum)
    #expect(server.requests.last?.fields["range"] == "bytes=100000-")
    #expect(server.requests.last?.fields["if-range"] == "\"a\"")
    #expect(try listFolder(at: folder) == ["file.zip"])
  }

  @Test func `a file that changed in between is taken from its start`() throws {
    defer { try? removeFolder(at: folder) }
    let old = [UInt8](repeating: 7, count: 300_000)
    let server = try LoopbackServer { [content] request, number in
      number == 0
        ? .file(old, tag: "old", for: request, cutAfter: 90_000)
        : .file(content, tag: "new", for: request)
    }
    #expect(try download(server.address).run() == checksum)
    #expect(try readFile(at: path) == content)
  }

  @Test func `a server that knows no ranges sends all again`() throws {
    defer { try? removeFolder(at: folder) }
    let server = try LoopbackServer { [content] _, number in
      .init(body: content, cutAfter: number == 0 ? 50_000 : nil)
    }
    #expect(try download(server.address).run() == checksum)
    #expect(try readFile(at: path) == content)
  }

  @Test func `a part that was all there already is not asked for twice`() throws {
    defer { try? removeFolder(at: folder) }
    let server = try LoopbackServer { [content] request, _ in
      .file(content, tag: "a", for: request)
    }
    try writeFile(content, at: path + ".part")
    try writeFile(Array("\"a\"".utf8), at: path + ".part.tag")
    #expect(try download(server.address).run() == checksum)
    #expect(server.requests.count == 1)
  }

  @Test func `a part that turns out wrong is thrown away and the file taken anew, once`() throws {
    defer { try? removeFolder(at: folder) }
    let server = try LoopbackServer { [content] request, _ in
      .file(content, tag: "a", for: request)
    }
    try writeFile([UInt8](repeating: 9, count: 1000), at: path + ".part")
    try writeFile(Array("\"a\"".utf8), at: path + ".part.tag")
    #expect(try download(server.address, sha256: checksum).run() == checksum)
    #expect(server.requests.count == 2)
  }

  @Test func `wrong bytes are refused and leave nothing`() throws {
    defer { try? removeFolder(at: folder) }
    let server = try LoopbackServer { _, _ in .init(body: Array("<html>sorry".utf8)) }
    let error = #expect(throws: DownloadError.self) {
      try download(server.address, sha256: checksum).run()
    }
    guard case .checksum(_, checksum)? = error?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try listFolder(at: folder).isEmpty)
  }

  @Test func `another part than the one that was asked for is not glued on`() throws {
    defer { try? removeFolder(at: folder) }
    let server = try LoopbackServer { [content] request, number in
      var answer = LoopbackServer.Answer.file(
        content, tag: "a", for: request, cutAfter: number == 0 ? 50_000 : nil)
      if number == 1 { answer.fields["Content-Range"] = "bytes 0-249999/300000" }
      return answer
    }
    #expect(try download(server.address).run() == checksum)
    #expect(try readFile(at: path) == content)
  }

  @Test func `a server that sends less than it was asked for is asked for the rest`() throws {
    defer { try? removeFolder(at: folder) }
    let server = try LoopbackServer { [content] request, number in
      var answer = LoopbackServer.Answer.file(
        content, tag: "a", for: request, cutAfter: number == 0 ? 50_000 : nil)
      if number == 1 {
        // Whole by its own words: RFC 9110, section 15.3.7, lets a server choose a subset.
        answer.fields["Content-Range"] = "bytes 50000-119999/300000"
        answer.body = Array(content[50_000..<120_000])
      }
      return answer
    }
    #expect(try download(server.address).run() == checksum)
    #expect(try readFile(at: path) == content)
    #expect(server.requests.map { $0.fields["range"] } == [nil, "bytes=50000-", "bytes=120000-"])
  }

  @Test func `errors of the server are told by their number, passing ones tried again`() throws {
    defer { try? removeFolder(at: folder) }
    let missing = try LoopbackServer { _, _ in .init(status: 404, body: [1, 2, 3]) }
    #expect(throws: DownloadError(.status(404), address: missing.address)) {
      try download(missing.address).run()
    }
    #expect(missing.requests.count == 1)
    let busy = try LoopbackServer { [content] _, number in
      number < 2 ? .init(status: 503, body: Array("later".utf8)) : .init(body: content)
    }
    #expect(try download(busy.address).run() == checksum)
    let broken = try LoopbackServer { _, _ in .init(status: 500) }
    #expect(throws: DownloadError(.status(500), address: broken.address)) {
      try download(broken.address).run()
    }
    #expect(broken.requests.count == 5)
  }

  @Test(
    arguments: [
      (.status(403), "the server answered 403 and sent no file; it asks who you are"),
      (.status(404), "the server answered 404 and sent no file; look whether the address is right"),
      (.status(503), "the server answered 503 and sent no file; try again later"),
      (.connection("nobody is there"), "nobody is there; look at the address and the network"),
      (.tooLarge(limit: 9), "found more than 9 bytes, expected at most so many; look whether"),
      (.checksum(found: "a", expected: "b"), "found checksum a, expected b; it was damaged"),
      (.invalidAddress, "found no web address, expected https:// or http:// and no blanks"),
    ] as [(DownloadError.Reason, String)])
  func `an error tells the address, what was found and what to do`(
    reason: DownloadError.Reason, words: String
  ) {
    let line = DownloadError(reason, address: "https://a.org/b").description
    #expect(line.hasPrefix("https://a.org/b: \(words)") && !line.contains("\n"), "\(line)")
  }

  @Test func `redirections are followed, but not in a circle nor to a file of this machine`() throws
  {
    defer { try? removeFolder(at: folder) }
    let server = try LoopbackServer { [content] request, _ in
      switch request.path {
      case "/old": .init(status: 302, fields: ["Location": "/new"], body: Array("moved".utf8))
      case "/circle": .init(status: 302, fields: ["Location": "/circle"])
      case "/local": .init(status: 302, fields: ["Location": "file:///etc/passwd"])
      default: .init(body: content)
      }
    }
    #expect(try download(server.address + "/old").run() == checksum)
    for name in ["/circle", "/local"] {
      let error = #expect(throws: DownloadError.self) {
        try download(server.address + name).run()
      }
      guard case .connection? = error?.reason else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
    }
  }

  @Test func `a server that falls silent or sends without end is left`() throws {
    defer { try? removeFolder(at: folder) }
    let silent = try LoopbackServer { [content] _, _ in
      var answer = LoopbackServer.Answer(body: content, cutAfter: 10)
      answer.silence = 3
      return answer
    }
    var impatient = download(silent.address)
    impatient.retries = 0
    let error = #expect(throws: DownloadError.self) { try impatient.run() }
    guard case .connection? = error?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
    let endless = try LoopbackServer { [content] request, _ in
      .file(content, tag: "a", for: request)
    }
    var small = download(endless.address)
    small.limit = 1000
    #expect(throws: DownloadError(.tooLarge(limit: 1000), address: endless.address)) {
      try small.run()
    }
  }

  @Test func `nobody there, and what is no address, are told at once`() throws {
    defer { try? removeFolder(at: folder) }
    let gone = try LoopbackServer { _, _ in .init() }.address
    let error = #expect(throws: DownloadError.self) { try download(gone).run() }
    guard case .connection? = error?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try listFolder(at: folder).isEmpty)
    for address in ["file:///etc/passwd", "ftp://host/x", "http://a b", "", "https://\u{1B}"] {
      #expect(throws: DownloadError(.invalidAddress, address: address)) {
        try download(address).run()
      }
    }
  }

  @Test func `a server of these tests that is gone takes no request of the next one`() throws {
    defer { try? removeFolder(at: folder) }
    for number in 0..<200 {
      _ = try LoopbackServer { _, _ in .init() }
      let next = try LoopbackServer { _, _ in .init(body: [1, 2, 3]) }
      _ = try download(next.address).run()
      #expect(next.requests.count == 1, "server \(number)")
    }
  }

  @Test func `two downloads of one file do not mix`() throws {
    defer { try? removeFolder(at: folder) }
    let held = try ResumableFile(path: path)
    #expect(throws: DownloadError(.busy(path: path), address: "http://127.0.0.1:1")) {
      try download("http://127.0.0.1:1").run()
    }
    guard case .some = consume held else {
      Issue.record("nobody else holds the file")
      return
    }
  }
}
