import FlyingFox
import Foundation

/// What requests about learning mean.
extension Routes {
  func answerOfLearning(
    _ request: HTTPRequest, _ words: [String], _ body: Data
  ) async throws -> HTTPResponse {
    let trainings = rooms.trainings
    let name = words.count > 1 ? words[1] : ""
    switch (request.method, words[0], words.count, words.last ?? "") {
    case (.GET, "music", 1, _): return .json(await rooms.music.all)
    case (.POST, "music", 2, _):
      guard let file = request.value(of: "name") else {
        throw Refusal(.badRequest, "name is missing, expected that of the file")
      }
      try await rooms.music.add(Array(body), as: file, to: name)
      return HTTPResponse(statusCode: .noContent)
    case (.DELETE, "music", 2, _):
      try await rooms.music.remove(name)
      return HTTPResponse(statusCode: .noContent)
    case (.GET, "trainings", 1, _): return .json(await trainings.all)
    case (.POST, "trainings", 1, _):
      let order = try Message.decode(TrainingOrder.self, keys: TrainingOrder.keys, body)
      return .json(try await trainings.start(order), status: .created)
    case (.GET, "comparison", 1, _):
      let names = request.query.filter { $0.name == "of" }.map(\.value)
      return .json(try await trainings.differences(of: names))
    case (.GET, "trainings", 2, _): return .json(try await trainings.training(name))
    case (.POST, "trainings", 3, "stop"): return .json(try await trainings.stop(name))
    case (.POST, "trainings", 3, "resume"): return .json(try await trainings.resume(name))
    case (.GET, "trainings", 3, "log"):
      _ = try await trainings.training(name)
      return try await webSocket(
        request, TrainingConversation(name: name, trainings: trainings).run)
    case (.POST, "trainings", 4, let step) where words[2] == "samples":
      guard let step = Int(step) else { throw Refusal.notFound }
      let bytes = try await trainings.sample(of: name, afterStep: step)
      let piece = try await shelve(
        bytes, named: "\(name) after \(step) step\(step == 1 ? "" : "s")")
      return .json(message(piece), status: .created)
    case (_, _, 1...2, _), (_, "trainings", 3, "stop"), (_, "trainings", 3, "resume"),
      (_, "trainings", 3, "log"):
      throw Refusal(.methodNotAllowed, "\(request.method.rawValue) means nothing here")
    default: throw Refusal.notFound
    }
  }
}
