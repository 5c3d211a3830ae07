/// What started several processes of this program together.
///
/// It says so in their environment, also to those that were built without MPI.
public struct Launcher: Hashable, Sendable {
  /// What it is called.
  public var name: String
  /// How many processes it started.
  public var count: Int
  /// Which of them this one is, from 0.
  public var rank: Int

  /// The variables of each launcher: its name, how many, which.
  ///
  /// A launcher that was started by another inherits the other's, so that those come first that start programs
  /// themselves.
  private static let variables = [
    ("mpirun", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
    ("mpiexec", "PMI_SIZE", "PMI_RANK"),
    ("mpirun_rsh", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"),
    // Not SLURM_NTASKS, which a batch script has too that is a single process.
    ("srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
  ]

  /// Creates a launcher.
  public init(name: String, count: Int, rank: Int) {
    self.name = name
    self.count = count
    self.rank = rank
  }

  /// Finds out what started this process; nil where it was started alone.
  ///
  /// - Parameter environment: the process's variables.
  public init?(environment: [String: String]) {
    for (name, size, rank) in Self.variables {
      guard let count = environment[size].flatMap({ Int($0) }) else { continue }
      guard count > 1 else { return nil }
      let number = environment[rank].flatMap { Int($0) } ?? 0
      self.init(
        name: Self.isSlurm(environment) ? "srun" : name, count: count,
        rank: (0..<count).contains(number) ? number : 0)
      return
    }
    return nil
  }

  /// Whether Slurm itself speaks MPICH's protocol to its processes (`srun --mpi=pmi2`): an `mpiexec` that Slurm has
  /// started tells how many processes each machine has, too.
  private static func isSlurm(_ environment: [String: String]) -> Bool {
    environment["OMPI_COMM_WORLD_SIZE"] == nil && environment["MPI_LOCALNRANKS"] == nil
      && environment["PMI_SIZE"] != nil
      && environment["SLURM_STEP_NUM_TASKS"] == environment["PMI_SIZE"]
  }
}
