import FileStorage
import MuseGen
package import Studio

/// How the studio's trainings are started: this program, as it would be called in a terminal.
package enum TrainingInvocation {
  /// The process of a task; nil where this program's file is not found.
  package static func starting(_ task: TrainingTask) -> ProgramCall? {
    guard let program = realPath(of: "/proc/self/exe") else { return nil }
    return ProgramCall(program: program, arguments: arguments(for: task))
  }

  /// What `musegen` is told.
  package static func arguments(for task: TrainingTask) -> [String] {
    switch task {
    case .start(let music, let run, let model, let from, let minutes, let given, let hasSamples):
      let seconds = Int((minutes * 60).rounded())
      // Some ten samples, and none more often than every five seconds.
      let sampling = max(5, seconds / 10)
      var arguments = [
        "train", music, "--run", run, "--output", model, "--time", "\(seconds)s",
      ]
      if hasSamples { arguments += ["--sample-every", "\(sampling)s"] }
      if let from { arguments += ["--from", from] }
      if let given { arguments += ["--tokens", "remi", "--given", given] }
      return arguments
    case .resume(let run): return ["train", "--resume", run]
    }
  }
}
