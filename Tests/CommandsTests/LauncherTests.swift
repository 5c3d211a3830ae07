import Foundation
import Ranks
import TestSupport
import Testing

/// A launcher starts several processes: what one is told that cannot join the others.
struct LauncherTests {
  let command: Command
  init() throws { command = try Command() }

  @Test(arguments: [
    ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "0"],
    ["PMI_SIZE": "4", "PMI_RANK": "0"], ["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"],
  ]) func `processes that cannot join each other train nothing, and one says so`(
    environment: [String: String]
  ) throws {
    let first = try command.run("train", "songs", environment: environment)
    #expect(first.code == 69 && first.errors.hasPrefix("musegen: "), "\(first.errors)")
    #expect(first.errors.contains("started 4 processes"))
    #expect(first.errors.count { $0 == "\n" } == 1 && first.output == "")
    let other = environment.mapValues { $0 == "0" ? "3" : $0 }
    let fourth = try command.run("train", "songs", environment: other)
    #expect(fourth.code == 69 && fourth.errors == "" && fourth.output == "")
    #expect(try command.files.isEmpty)
  }

  @Test func `a sweep is not trained by several processes at once, and one says so`() throws {
    try command.write(Array("pieces = [\"songs\"]\nhidden = [8, 12]\n".utf8), to: "sweep.toml")
    let environment = ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"]
    let first = try command.run("sweep", "sweep.toml", environment: environment)
    #expect(first.code == 64 && first.errors.contains("mpirun started 2 processes"))
    #expect(first.errors.count { $0 == "\n" } == 1 && first.output == "")
    let other = environment.mapValues { $0 == "0" ? "1" : $0 }
    let second = try command.run("sweep", "sweep.toml", environment: other)
    #expect(second.code == 64 && second.errors == "" && second.output == "")
    #expect(try command.files == ["sweep.toml"])
  }

  @Test func `launchers are told by what they leave in the environment`() {
    #expect(Launcher(environment: [:]) == nil)
    // A batch script of Slurm is one process, however many tasks it has asked for.
    #expect(Launcher(environment: ["SLURM_NTASKS": "8", "SLURM_PROCID": "0"]) == nil)
    #expect(Launcher(environment: ["SLURM_STEP_NUM_TASKS": "1"]) == nil)
    // Open MPI's own launcher is started by Slurm's, once on each machine.
    #expect(
      Launcher(environment: [
        "OMPI_COMM_WORLD_SIZE": "8", "OMPI_COMM_WORLD_RANK": "5", "SLURM_STEP_NUM_TASKS": "2",
        "SLURM_PROCID": "1",
      ]) == Launcher(name: "mpirun", count: 8, rank: 5))
    #expect(
      Launcher(environment: ["PMI_SIZE": "3", "PMI_RANK": "9"])
        == Launcher(name: "mpiexec", count: 3, rank: 0))
    // Slurm sets MPICH's variables itself; an mpiexec that it has started once on each of three machines sets one more.
    let slurm = [
      "PMI_SIZE": "3", "PMI_RANK": "2", "SLURM_STEP_NUM_TASKS": "3", "SLURM_PROCID": "2",
    ]
    #expect(Launcher(environment: slurm) == Launcher(name: "srun", count: 3, rank: 2))
    var hydra = slurm
    hydra["MPI_LOCALNRANKS"] = "1"
    #expect(Launcher(environment: hydra) == Launcher(name: "mpiexec", count: 3, rank: 2))
  }

  @Test func `a way of adding up has no effect in a process alone`() throws {
    let outcome = try command.run("train", "songs", "--reduce", "fast")
    #expect(outcome.code == 64)
    #expect(outcome.errors.contains("--reduce has no effect in a process alone"))
    let measured = try command.run("bench", "ranks")
    #expect(measured.code == 64 && measured.errors.contains("several processes"))
    let apart = try command.run("train", "songs", "--local-steps", "8")
    #expect(apart.code == 64)
    #expect(apart.errors.contains("--local-steps has no effect in a process alone"))
  }
}
