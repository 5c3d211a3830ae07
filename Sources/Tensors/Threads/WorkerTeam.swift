import CKernels

/// Persistent threads that do the same piece of work on different things.
///
/// Each member runs oneDNN on its own thread alone, so nothing waits inside a piece of work.
@safe
public final class WorkerTeam: @unchecked Sendable {
  /// The number of members, of which the caller's thread is one.
  public let members: Int
  // Made by init, destroyed by deinit; nil for a team of one.
  private let team: OpaquePointer?

  /// Creates a team; where the system grants no more threads, a smaller one.
  public init(members: Int) {
    precondition(members > 0, "a team of \(members)")
    var granted = members
    var team: OpaquePointer?
    while granted > 1 {
      unsafe team = musegen_team_create(Int32(granted))
      if unsafe team != nil { break }
      granted /= 2
    }
    unsafe self.team = team
    self.members = max(1, granted)
  }

  deinit {
    if let team = unsafe team { unsafe musegen_team_destroy(team) }
  }

  /// Hands each item to one member and returns when all are done.
  ///
  /// Item i goes to member i modulo ``members``, always; an item is touched by nobody else
  /// meanwhile, which is why it need not be `Sendable`.
  public func perform<Item: AnyObject>(on items: [Item], _ work: @Sendable (Item) -> Void) {
    perform(count: items.count, shared: items) { items, index in work(items[index]) }
  }

  /// Calls `work` with 0 ..< count, dealt out to the members in turn.
  public func perform(count: Int, _ work: @Sendable (Int) -> Void) {
    perform(count: count, shared: ()) { _, index in work(index) }
  }

  /// Waits until every member has come here; called from work that each member does once.
  public func meet() {
    if let team = unsafe team { unsafe musegen_team_meet(team) }
  }

  private func perform<Shared>(count: Int, shared: Shared, _ work: (Shared, Int) -> Void) {
    let members = self.members
    guard let team = unsafe team, count > 1 else {
      let before = musegen_set_openmp_threads(1)
      for index in 0..<count { work(shared, index) }
      if before > 0 { _ = musegen_set_openmp_threads(before) }
      return
    }
    withoutActuallyEscaping(work) { work in
      var member: (Int) -> Void = { member in
        for index in stride(from: member, to: count, by: members) { work(shared, index) }
      }
      // `run` returns when all members have: the pointer outlives every use of it.
      unsafe withUnsafeMutablePointer(to: &member) { context in
        unsafe musegen_team_run(
          team,
          { context, index in
            unsafe context.assumingMemoryBound(to: ((Int) -> Void).self).pointee(Int(index))
          }, context)
      }
    }
  }
}
