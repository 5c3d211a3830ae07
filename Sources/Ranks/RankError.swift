/// Why ranks cannot work together, or no longer.
public struct RankError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public enum Reason: Hashable, Sendable {
    /// A launcher started several processes of a program that was built without MPI.
    case notBuilt(Launcher)
    /// A launcher started several processes, and MPI knows of another number.
    case strangers(Launcher, library: String, found: Int)
    /// MPI says so.
    case library(String)
    /// Something is not the same on two ranks.
    case differs(Difference)
    /// A rank failed, for a reason that it told: a line, and the exit code that goes with it.
    case failed(rank: Int, host: String, message: String, code: Int32)
    /// The first rank has ended the work, with an exit code.
    case ended(code: Int32)
    /// Ranks did not answer within some seconds; those of which that is known.
    case silent(ranks: [Int], seconds: Int)
    /// The numbers that all ranks should have alike are not the same any more.
    case cameApart
    /// There is less to share out than there are ranks.
    case tooFew(String, found: Int, ranks: Int)
  }

  /// What is not the same on two ranks.
  public struct Difference: Hashable, Sendable, Codable {
    /// What it is.
    public var name: String
    /// The rank on which it is another than on the first.
    public var rank: Int
    /// That rank's machine.
    public var host: String
    /// What it is there.
    public var found: String
    /// The first rank's machine.
    public var firstHost: String
    /// What it is on the first rank.
    public var expected: String
  }

  /// What was found.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason) { self.reason = reason }

  /// One line: found and expected.
  public var description: String {
    switch reason {
    case .notBuilt(let launcher):
      "\(launcher.name) started \(launcher.count) processes, and this program is built without MPI"
    case .strangers(let launcher, let library, let found):
      "\(launcher.name) started \(launcher.count) processes, and \(library) knows of \(found)"
    case .library(let text): "MPI: \(text)"
    case .differs(let difference):
      "rank \(difference.rank) (\(difference.host)): found \(difference.name) \(difference.found), expected "
        + "\(difference.expected) as on rank 0 (\(difference.firstHost))"
    case .failed(let rank, let host, let message, _): "rank \(rank) (\(host)): \(message)"
    case .ended: "the first rank has ended the work"
    case .silent(let ranks, let seconds):
      (ranks.isEmpty ? "another rank" : "rank \(ranks.map(String.init).joined(separator: ", "))")
        + " did not answer for \(seconds) s"
    case .cameApart:
      "the ranks' weights have come apart, expected the same on all; their processors or libraries round "
        + "differently"
    case .tooFew(let what, let found, let ranks):
      "found \(ranks) ranks and \(found) \(what), expected at least one for each"
    }
  }
}
