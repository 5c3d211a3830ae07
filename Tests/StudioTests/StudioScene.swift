import FileStorage
import FlyingSocks
import Foundation
import MuseGen
import Testing

@testable import Studio

/// What is tested on a studio that listens, one after the other: each waits for its sockets on a thread of
/// its own, of which there are not many.
@Suite(.serialized, .timeLimit(.minutes(5))) enum ServedTests {}

/// A studio on a free port, with a small model and no pieces, and clients for it.
final class StudioScene: Sendable {
  let folder: String
  let port: UInt16
  private let running: Task<Void, any Error>

  static let command = "made by a test"

  /// Opens a studio, tries it, and closes it.
  static func run(
    token: String? = nil, host: String = StudioSettings.loopback, folder: String? = nil,
    training: @escaping @Sendable (TrainingTask) -> ProgramCall? = { _ in nil },
    _ body: (StudioScene) async throws -> Void
  ) async throws {
    let scene = try await StudioScene(
      token: token, host: host, folder: folder, training: training)
    do {
      try await body(scene)
    } catch {
      await scene.close(keeping: folder != nil)
      throw error
    }
    await scene.close(keeping: folder != nil)
  }

  private init(
    token: String?, host: String, folder: String?,
    training: @escaping @Sendable (TrainingTask) -> ProgramCall?
  ) async throws {
    let folder = folder ?? Self.newFolder()
    self.folder = folder
    try createFolder(at: "\(folder)/models")
    try Self.model.write(to: "\(folder)/models/tiny.safetensors")
    var settings = StudioSettings(host: host, port: 0, folder: "\(folder)/studio") { record, _ in
      record.order == nil ? nil : Self.command
    }
    settings.modelFolders = ["\(folder)/models"]
    settings.token = token
    settings.training = training
    let server = try StudioServer(settings: settings)
    let (ports, found) = AsyncStream.makeStream(of: UInt16.self)
    running = Task { try await server.run { found.yield($0) } }
    var iterator = ports.makeAsyncIterator()
    port = try #require(await iterator.next())
  }

  private func close(keeping: Bool) async {
    running.cancel()
    _ = await running.result
    if !keeping { try? removeFolder(at: folder) }
  }

  static func newFolder() -> String {
    NSTemporaryDirectory() + "musegen-studio-\(UUID().uuidString)"
  }

  static let model: Model = {
    let vocabulary = PerformanceVocabulary()
    let configuration = NetworkConfiguration(
      vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 8, layerCount: 1)
    guard let network = try? Network(configuration, seed: 1) else {
      preconditionFailure("a small network fits")
    }
    return Model(network: network, vocabulary: vocabulary)
  }()

  // MARK: Clients

  func connect() async throws -> Client {
    Client(
      socket: try await AsyncSocket.connected(
        to: try sockaddr_in.inet(ip4: "127.0.0.1", port: port)))
  }

  /// Sends one request and hears the answer.
  func ask(
    _ method: String, _ path: String, body: String? = nil, headers: [String] = [],
    host: String? = nil
  ) async throws -> Answer {
    let client = try await connect()
    defer { client.close() }
    var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(port)")"] + headers
    if let body { lines.append("Content-Length: \(body.utf8.count)") }
    try await client.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    return try await client.answer()
  }

  /// Sends bytes, and hears the answer's status.
  func send(_ bytes: Data, to path: String) async throws -> Int {
    let client = try await connect()
    defer { client.close() }
    try await client.send(
      "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Length: \(bytes.count)\r\n\r\n")
    try await client.send(Array(bytes))
    return try await client.answer().status
  }

  /// Orders a piece of so many notes, and waits until it is written.
  func piece(notes: Int = 40, seed: Int = 7) async throws -> String {
    let answer = try await ask(
      "POST", "/api/v1/pieces",
      body: """
        {"order": {"kind": "new", "model": "tiny", "seed": \(seed),
          "length": {"unit": "notes", "amount": \(notes)}}}
        """)
    #expect(answer.status == 201, "\(answer.text)")
    let id = try #require(answer.json["id"] as? String)
    try await finish(id)
    return id
  }

  func finish(_ id: String) async throws {
    while true {
      let stage = try await ask("GET", "/api/v1/pieces/\(id)").json["stage"] as? String
      if stage == "finished" { return }
      try #require(stage == "waiting" || stage == "writing")
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// Opens a WebSocket.
  func webSocket(_ path: String, origin: String? = nil) async throws -> Client {
    let client = try await connect()
    try await client.send(
      """
      GET \(path) HTTP/1.1\r
      Host: 127.0.0.1:\(port)\r
      Origin: \(origin ?? "http://127.0.0.1:\(port)")\r
      Upgrade: websocket\r
      Connection: Upgrade\r
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
      Sec-WebSocket-Version: 13\r
      \r

      """)
    return client
  }
}

/// What came back.
struct Answer {
  var status: Int
  var headers: [String: String]
  var body: Data

  var text: String { String(decoding: body, as: UTF8.self) }
  var json: [String: Any] {
    (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:]
  }
  var list: [[String: Any]] {
    (try? JSONSerialization.jsonObject(with: body)) as? [[String: Any]] ?? []
  }
}

/// A connection to a studio, on which anything may be sent.
struct Client {
  let socket: AsyncSocket

  func send(_ text: String) async throws { try await socket.write(Data(text.utf8)) }
  func send(_ bytes: [UInt8]) async throws { try await socket.write(Data(bytes)) }
  func close() { try? socket.close() }

  /// The next answer.
  func answer() async throws -> Answer {
    var head: [UInt8] = []
    while !head.ends(with: Array("\r\n\r\n".utf8)) { head.append(try await socket.read()) }
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    let count = Int(headers["content-length"] ?? "") ?? 0
    let body = count == 0 ? [] : try await socket.read(bytes: count)
    return Answer(
      status: Int(lines[0].split(separator: " ")[1]) ?? 0, headers: headers, body: Data(body))
  }

  /// Whether the studio has ended the connection, all that it sends before being read.
  func isClosed() async -> Bool {
    while true {
      do { _ = try await socket.read() } catch { return error is SocketError }
    }
  }

  /// A frame from the studio: its opcode and content.
  func frame() async throws -> (opcode: UInt8, payload: [UInt8]) {
    let head = try await socket.read(bytes: 2)
    var count = Int(head[1] & 127)
    if count == 126 {
      count = try await socket.read(bytes: 2).reduce(0) { $0 << 8 | Int($1) }
    } else if count == 127 {
      count = try await socket.read(bytes: 8).reduce(0) { $0 << 8 | Int($1) }
    }
    return (head[0] & 15, try await socket.read(bytes: count))
  }

  /// A frame as a client sends it.
  static func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
    let mask: [UInt8] = [1, 2, 3, 4]
    var frame: [UInt8] = [opcode | (isFinal ? 0x80 : 0)]
    if payload.count < 126 {
      frame.append(0x80 | UInt8(payload.count))
    } else {
      frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
    }
    frame += mask
    for (index, byte) in payload.enumerated() { frame.append(byte ^ mask[index % 4]) }
    return frame
  }
}

extension [UInt8] {
  fileprivate func ends(with other: [UInt8]) -> Bool { suffix(other.count).elementsEqual(other) }
}
