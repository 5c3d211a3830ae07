import FlyingFox
import Foundation

/// A request's body, read as a whole or not at all.
enum RequestBody {
  /// The most bytes of a MIDI file that is taken in.
  static let longestFile = 16 << 20
  /// The most bytes of any other body.
  static let longestMessage = 1 << 20
  /// A body too long to be taken in is read and forgotten up to here, so that its client hears the answer.
  private static let longestForgotten = 256 << 20
  /// How long a client may take over its body.
  private static let patience = Duration.seconds(60)

  /// What came of reading.
  enum Outcome {
    case whole(Data)
    /// Nothing of the body is left on the connection.
    case refused(Refusal)
    /// The rest of the body may be on the connection, which has to end.
    case broken(Refusal)
  }

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - request: the request.
  ///   - limit: the most bytes that are taken in.
  /// - Returns: the body, or why there is none.
  static func read(_ request: HTTPRequest, limit: Int) async -> Outcome {
    guard request.headers[.transferEncoding] == nil, let count = request.bodySequence.count else {
      return .broken(Refusal(.lengthRequired, "the body's length is not told"))
    }
    let isTooLong = count > limit
    let refusal = Refusal(
      .payloadTooLarge, "the body has \(count) bytes, expected at most \(limit)")
    if count > longestForgotten { return .broken(refusal) }
    let body = await withTaskGroup(of: Data?.self) { group in
      group.addTask {
        var body = Data()
        do {
          for try await chunk in request.bodySequence where !isTooLong { body.append(chunk) }
        } catch {
          return nil
        }
        return body
      }
      group.addTask {
        try? await Task.sleep(for: patience)
        return nil
      }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
    guard let body else { return .broken(Refusal(.requestTimeout, "the body did not come")) }
    if isTooLong { return .refused(refusal) }
    return body.count == count
      ? .whole(body) : .broken(Refusal(.badRequest, "the body ends too early"))
  }
}
