import FlyingFox
import Foundation
import Synchronization

/// Takes every request: at the gate, its body, then where it leads.
struct Front: HTTPHandler {
  let rooms: Rooms
  let settings: StudioSettings
  let port = Port()

  /// The port that was found to listen on.
  final class Port: Sendable {
    private let number = Atomic<UInt16>(0)

    var value: UInt16 { number.load(ordering: .relaxed) }
    func set(_ value: UInt16) { number.store(value, ordering: .relaxed) }
  }

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    let gate = Gate(port: port.value, isLocal: settings.isLocal, token: settings.token)
    let path = request.target.path()
    if request.method == .GET, path == "/", gate.bringsToken(request) {
      return await forgetting(bodyOf: request, answer: welcome()).guarded()
    }
    do {
      try gate.admit(request)
    } catch {
      return await forgetting(bodyOf: request, answer: error.answer).guarded()
    }
    switch await RequestBody.read(request, limit: Routes.bodyLimit(path)) {
    case .whole(let body):
      do throws(Refusal) {
        return try await Routes(rooms: rooms).answer(request, path: path, body: body).guarded()
      } catch {
        return error.answer.guarded()
      }
    case .refused(let refusal): return refusal.answer.guarded()
    case .broken(let refusal): return await refusal.answer.guarded().closing()
    }
  }

  /// Keeps the token in the browser, and out of its address.
  private func welcome() -> HTTPResponse {
    let headers: HTTPHeaders = [
      .location: "/", .cacheControl: "no-store",
      .setCookie: "\(Gate.cookie)=\(settings.token ?? ""); HttpOnly; SameSite=Strict; Path=/",
    ]
    return HTTPResponse(statusCode: .seeOther, headers: headers)
  }

  /// The answer, once what comes with the request is out of the way.
  private func forgetting(bodyOf request: HTTPRequest, answer: HTTPResponse) async -> HTTPResponse {
    if case .whole = await RequestBody.read(request, limit: 0) { return answer }
    return await answer.closing()
  }
}
