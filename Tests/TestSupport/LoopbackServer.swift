import Foundation
import Synchronization

/// A web server on this machine that answers as a test wants, also wrongly, one request at a time.
public final class LoopbackServer: Sendable {
  /// What a client asks for.
  public struct Request: Sendable {
    /// The path, with its leading slash.
    public var path: String
    /// The header fields, their names in lower case.
    public var fields: [String: String]
  }

  /// What the server sends before it closes the connection.
  public struct Answer: Sendable {
    /// The status line's number, and header fields.
    public var status: Int
    public var fields: [String: String]
    public var body: [UInt8]
    /// Close the connection after so many bytes of the body; nil for none too few.
    public var cutAfter: Int?
    /// Send nothing more for so long before closing.
    public var silence: Double = 0

    public init(
      status: Int = 200, fields: [String: String] = [:], body: [UInt8] = [], cutAfter: Int? = nil
    ) {
      self.status = status
      self.fields = fields
      self.body = body
      self.cutAfter = cutAfter
    }

    /// A file as a good server sends it: whole, or the range that is asked for.
    public static func file(
      _ bytes: [UInt8], tag: String?, for request: Request, cutAfter: Int? = nil
    ) -> Answer {
      var answer = Answer(body: bytes, cutAfter: cutAfter)
      if let tag { answer.fields["ETag"] = "\"\(tag)\"" }
      let isSame = request.fields["if-range"].map { $0 == answer.fields["ETag"] } ?? true
      if isSame, let range = request.fields["range"],
        let start = Int(range.dropFirst("bytes=".count).dropLast())
      {
        guard start < bytes.count else {
          return Answer(status: 416, fields: ["Content-Range": "bytes */\(bytes.count)"])
        }
        answer.status = 206
        answer.fields["Content-Range"] = "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"
        answer.body = Array(bytes[start...])
      }
      return answer
    }
  }

  /// Where the server is: `http://127.0.0.1:PORT`.
  public let address: String
  private let listener: Listener

  /// What was asked for so far.
  public var requests: [Request] { listener.log.withLock { $0 } }

  /// Starts a server.
  ///
  /// - Parameter answer: what to answer, with the number of the request from 0.
  public init(answer: @escaping @Sendable (Request, Int) -> Answer) throws {
    let listener = Listener()
    let descriptor = listener.descriptor
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // bind and getsockname take the general form of the same bytes.
    let isOpen = unsafe withUnsafeMutablePointer(to: &place) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
        unsafe bind(descriptor, general, size) == 0 && listen(descriptor, 16) == 0
          && getsockname(descriptor, general, &size) == 0
      }
    }
    guard isOpen else { throw CocoaError(.fileReadUnknown) }
    self.listener = listener
    address = "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
    Thread.detachNewThread {
      while let client = listener.next() {
        if let request = Self.read(client) {
          Self.send(answer(request, listener.note(request)), to: client)
        }
        close(client)
      }
    }
  }

  deinit { listener.stop() }

  /// The socket that connections come to.
  ///
  /// The server and its thread share it, and it is closed when both have let go. A server that closed
  /// it under its thread would leave the thread a number that the next server's socket gets: the
  /// thread would take that server's connections and close them without an answer.
  private final class Listener: Sendable {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let log = Mutex<[Request]>([])

    deinit { close(descriptor) }

    /// Waits for a connection; nil after `stop`.
    func next() -> Int32? {
      while true {
        let client = accept(descriptor, nil, nil)
        if client >= 0 { return client }
        // EINVAL: no longer listening. Others concern one connection.
        if errno == EINVAL || errno == EBADF { return nil }
      }
    }

    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Writes a request down; its number from 0.
    func note(_ request: Request) -> Int {
      log.withLock { log in
        log.append(request)
        return log.count - 1
      }
    }
  }

  private static func read(_ client: Int32) -> Request? {
    var bytes: [UInt8] = []
    while !bytes.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
      var byte: UInt8 = 0
      guard unsafe recv(client, &byte, 1, 0) == 1 else { return nil }
      bytes.append(byte)
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
    let words = (lines.first ?? "").split(separator: " ")
    guard words.count > 1 else { return nil }
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[line[..<colon].lowercased()] =
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    return Request(path: String(words[1]), fields: fields)
  }

  private static func send(_ answer: Answer, to client: Int32) {
    var fields = answer.fields
    fields["Connection"] = "close"
    fields["Content-Length"] = fields["Content-Length"] ?? "\(answer.body.count)"
    let head =
      "HTTP/1.1 \(answer.status) Test\r\n"
      + fields.map { "\($0.key): \($0.value)\r\n" }.sorted().joined() + "\r\n"
    let bytes = Array(head.utf8) + answer.body.prefix(answer.cutAfter ?? answer.body.count)
    var sent = 0
    while sent < bytes.count {
      let start = sent
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(
          client, $0.baseAddress.map { unsafe $0 + start }, $0.count - start,
          Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
    if answer.silence > 0 { Thread.sleep(forTimeInterval: answer.silence) }
  }
}
