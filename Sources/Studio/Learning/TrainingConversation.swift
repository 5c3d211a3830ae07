import FileStorage
import FlyingFox
import Foundation
import MuseGen

/// Tells a run's log: what there is, then what comes, until the run stands still.
struct TrainingConversation: Sendable {
  /// A line of the log, as far as it is drawn.
  private struct Line: Encodable {
    var step: Int
    /// The loss in nats per event.
    var nats: Double
    /// Whether it was measured on pieces that are not learned from.
    var isHeldOut: Bool
    /// Of a step: how long has been trained, and how far the run is.
    var seconds: Double
    var progress: Double?
  }

  private struct News: Encodable {
    var lines: [Line]
    var training: Trainings.Report
  }

  let name: String
  let trainings: Trainings

  /// At most so many steps are told at once; of more some are left out.
  private static let mostSteps = 1_500
  private static let interval = Duration.milliseconds(500)

  func run(_ send: Sending, _ received: AsyncStream<String>) async -> WSCloseCode {
    var log = LogReader(path: trainings.path(of: name) + "/metrics.jsonl")
    var isFirst = true
    var full = FullSteps()
    while !Task.isCancelled {
      guard let report = try? await trainings.training(name) else { return .normalClosure }
      // Whatever stood still before this is in the log by now.
      let isOver = await !trainings.isAtWork(name) && report.state != "running"
      let lines = Self.thinned(log.next(), &full)
      if isFirst || !lines.isEmpty || isOver {
        guard await send.json(News(lines: lines, training: report)) else { return .goingAway }
      }
      if isOver { return .normalClosure }
      isFirst = false
      do { try await Task.sleep(for: Self.interval) } catch { break }
    }
    return .goingAway
  }

  private static func thinned(_ lines: [RunLogLine], _ full: inout FullSteps) -> [Line] {
    // The last one is told besides.
    let spacing =
      lines.count > mostSteps ? (lines.count + mostSteps - 2) / (mostSteps - 1) : 1
    return lines.enumerated().compactMap { index, line in
      switch line.event {
      case .step(let step):
        let isFull = full.admits(step)
        guard index % spacing == 0 || index == lines.count - 1, step.nats.isFinite, isFull else {
          return nil
        }
        return Line(
          step: step.step, nats: step.nats, isHeldOut: false, seconds: line.seconds,
          progress: step.progress.isFinite ? step.progress : nil)
      case .validation(let validation):
        guard validation.nats.isFinite else { return nil }
        return Line(
          step: validation.step, nats: validation.nats, isHeldOut: true, seconds: line.seconds)
      }
    }
  }
}

/// Reads a log that grows, each line once.
private struct LogReader {
  let path: String
  private var place = 0
  private var rest = Data()

  init(path: String) { self.path = path }

  /// The lines that have come since; all of them anew where the log was cut.
  mutating func next() -> [RunLogLine] {
    guard let file = try? MappedFile(path: path) else { return [] }
    if file.count < place { (place, rest) = (0, Data()) }
    guard file.count > place, let data = file.bytes(place..<file.count) else { return [] }
    place = file.count
    rest.append(contentsOf: data)
    var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    rest = lines.popLast().map { Data($0) } ?? Data()
    let decoder = JSONDecoder()
    return lines.compactMap { try? decoder.decode(RunLogLine.self, from: Data($0)) }
  }
}
