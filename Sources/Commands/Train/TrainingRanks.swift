public import ArgumentParser
import Drawing
import FileStorage
import MuseGen
public import Ranks

/// The processes that a launcher such as mpirun has started together to train one model.
///
/// The first prints and writes as one that trains alone does; the others say nothing, and write nothing.
struct TrainingRanks {
  private let group: RankGroup?
  /// How long a process that was asked to stop waits for word of the others; nearly as long again goes by until these
  /// are given up.
  private static let longestFarewell = Duration.seconds(5)

  /// Joins the others, where there are any.
  ///
  /// - Throws: ``Failure`` where they cannot be reached; of several processes one tells it.
  static func join() throws -> TrainingRanks {
    guard let launcher = Launcher(environment: processEnvironment()) else {
      return TrainingRanks(group: nil)
    }
    if launcher.rank > 0 { StandardOutput.fallSilent() }
    do {
      let group = RankGroup(try MPITransport(joining: launcher))
      group.facts = [("musegen", MuseGenCommand.version)]
      return TrainingRanks(group: group)
    } catch {
      throw Failure(error)
    }
  }

  /// The group for a run; nil where this process trains alone.
  var shared: RankGroup? { group }

  /// Whether this process says what comes next, prints and writes.
  var leads: Bool { group?.leads ?? true }

  /// Who trains, in one line; nil where this process trains alone.
  func line(_ settings: TrainingSettings) -> String? {
    group.map { group in
      "\(group.count) processes train together, \(settings.shards ?? group.count) shards"
        + (settings.localSteps.map { ", weights averaged every \($0.counted("step"))" } ?? "")
        + (settings.reduction.map {
          ", \(settings.localSteps == nil ? "gradients" : "weights") added up \($0.words)"
        } ?? "")
    }
  }

  /// Does what the first process asks for until it asks for no more.
  ///
  /// - Parameter run: the run.
  /// - Throws: ``Failure`` where another process is gone, and the first one's exit code where it is not 0.
  func follow(_ run: TrainingRun) throws {
    // A signal to this process alone stops all of them between two steps.
    Interruption.keepWork()
    let code = try Failure.training { try run.follow() }
    guard code == 0 else { throw ExitCode(code) }
  }

  /// Ends the work, and tells the others so.
  ///
  /// - Parameter error: why; nil at the end.
  func end(after error: (any Error)? = nil) {
    guard let error else {
      group?.end(code: 0)
      return
    }
    let report = ExitReport(after: error, of: MuseGenCommand.self)
    // Of several that were asked to stop some have left at once, and no word comes of those.
    group?.end(
      code: report.code, message: report.line,
      within: Interruption.isRequested ? Self.longestFarewell : nil)
  }
}

extension RankSum: ExpressibleByArgument {}

extension RankSum {
  fileprivate var words: String {
    switch self {
    case .exact: "in the shards' order"
    case .fast: "in MPI's order"
    case .bf16: "as bfloat16"
    }
  }
}
