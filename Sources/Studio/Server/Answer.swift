import FileStorage
import FlyingFox
import FlyingSocks
import Foundation

/// Why a request is not granted: a status of HTTP and a line for people.
struct Refusal: Error {
  var status: HTTPStatusCode
  var message: String

  init(_ status: HTTPStatusCode, _ message: String) {
    self.status = status
    self.message = message
  }

  static let notFound = Refusal(.notFound, "there is nothing at this address")

  /// Its answer: `{"error": "…"}`.
  var answer: HTTPResponse { .json(ErrorMessage(error: message), status: status) }

  private struct ErrorMessage: Encodable { var error: String }
}

extension HTTPResponse {
  /// An answer in JSON.
  static func json(_ value: some Encodable, status: HTTPStatusCode = .ok) -> HTTPResponse {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      return HTTPResponse(statusCode: .internalServerError)
    }
    let headers: HTTPHeaders = [
      .contentType: "application/json; charset=utf-8", .cacheControl: "no-store",
    ]
    return HTTPResponse(statusCode: status, headers: headers, body: data)
  }

  /// An answer of bytes that a browser saves as a file.
  static func file(_ body: HTTPBodySequence, type: String, name: String) -> HTTPResponse {
    var headers: HTTPHeaders = [.contentType: type, .cacheControl: "no-store"]
    headers[.contentDisposition] = contentDisposition(name)
    return HTTPResponse(statusCode: .ok, headers: headers, body: body)
  }

  /// The answer, after which the connection ends: what the client still sends is not read, and so is never
  /// taken for another request.
  func closing() async -> HTTPResponse {
    let data = (try? await bodyData) ?? Data()
    var closing = HTTPResponse(
      statusCode: statusCode, headers: headers,
      body: HTTPBodySequence(from: LastWords(data: data), count: data.count))
    closing.headers[.connection] = "close"
    return closing
  }
}

/// A file's name in a header (RFC 6266): in ASCII for those who know no better, and as it is.
func contentDisposition(_ name: String) -> String {
  let plain = String(
    name.unicodeScalars.map { scalar in
      scalar.isASCII && scalar.value >= 32 && scalar.value < 127
        && !"\"\\/%".unicodeScalars
          .contains(scalar)
        ? Character(scalar) : "_"
    })
  let allowed = CharacterSet(
    charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
  let encoded = name.addingPercentEncoding(withAllowedCharacters: allowed) ?? plain
  return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(encoded)"
}

extension HTTPBodySequence {
  /// A file, which is sent to its end where its name is taken away meanwhile.
  ///
  /// Foundation, with which FlyingFox opens files, has no names that are not UTF-8.
  init(fileAt path: String) throws(FileError) {
    let file = try MappedFile(path: path)
    self.init(from: FileParts(file: file), count: file.count, suggestedBufferSize: 1 << 16)
  }
}

/// The bytes of a file, some at a time.
private struct FileParts: AsyncBufferedSequence, Sendable {
  typealias Element = UInt8
  let file: MappedFile

  func makeAsyncIterator() -> Iterator { Iterator(file: file) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    let file: MappedFile
    var place = 0

    mutating func next() async throws -> UInt8? { try await nextBuffer(suggested: 1)?.first }

    mutating func nextBuffer(suggested count: Int) async throws -> Data? {
      let end = Swift.min(place + Swift.max(1, count), file.count)
      guard place < end else { return nil }
      // One that was cut short has not what was promised.
      guard let bytes = file.bytes(place..<end) else { throw SocketError.disconnected }
      place = end
      return Data(bytes)
    }
  }
}

/// A body that is followed by an error, with which FlyingFox closes the connection.
private struct LastWords: AsyncBufferedSequence, Sendable {
  typealias Element = UInt8
  let data: Data

  func makeAsyncIterator() -> Iterator { Iterator(rest: data) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    var rest: Data

    mutating func next() async throws -> UInt8? {
      guard let first = rest.popFirst() else { throw SocketError.disconnected }
      return first
    }

    mutating func nextBuffer(suggested count: Int) async throws -> Data? {
      if rest.isEmpty { throw SocketError.disconnected }
      defer { rest = Data() }
      return rest
    }
  }
}
