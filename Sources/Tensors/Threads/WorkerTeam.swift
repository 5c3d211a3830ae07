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
  // Whether there is a thread more than there are members.
  private let hasSpare: Bool

  /// Creates a team; where the system grants no more threads, a smaller one.
  ///
  /// - Parameters:
  ///   - members: how many there shall be.
  ///   - hasSpare: whether one more thread stands by, so that the caller can do something else while all work.
  public init(members: Int, hasSpare: Bool = false) {
    precondition(members > 0, "a team of \(members)")
    var granted = members + (hasSpare ? 1 : 0)
    var team: OpaquePointer?
    while granted > 1 {
      unsafe team = musegen_team_create(Int32(granted))
      if unsafe team != nil { break }
      granted /= 2
    }
    unsafe self.team = team
    self.hasSpare = hasSpare && granted > 1
    self.members = max(1, granted - (self.hasSpare ? 1 : 0))
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

  /// The same, while the caller does something else; after it where no thread could be had to spare.
  ///
  /// - Parameters:
  ///   - items: which are dealt out.
  ///   - other: what the caller does. It may look at an item once it knows that the work on it is done.
  ///   - work: what members do.
  public func perform<Item: AnyObject>(
    on items: [Item], meanwhile other: () -> Void, _ work: @Sendable (Item) -> Void
  ) {
    guard hasSpare else {
      perform(on: items, work)
      return other()
    }
    perform(
      whole: { member in
        if member == 0 { return other() }
        for index in stride(from: member - 1, to: items.count, by: self.members) {
          work(items[index])
        }
      })
  }

  /// Waits until every member has come here; called from work that each member does once.
  ///
  /// - Precondition: no thread stands by.
  public func meet() {
    precondition(!hasSpare, "the thread that stands by never comes")
    if let team = unsafe team { unsafe musegen_team_meet(team) }
  }

  private func perform<Shared>(count: Int, shared: Shared, _ work: (Shared, Int) -> Void) {
    let members = self.members
    guard unsafe team != nil, members > 1, count > 1 else {
      let before = musegen_set_openmp_threads(1)
      for index in 0..<count { work(shared, index) }
      if before > 0 { _ = musegen_set_openmp_threads(before) }
      return
    }
    perform(
      whole: { member in
        guard member < members else { return }
        for index in stride(from: member, to: count, by: members) { work(shared, index) }
      })
  }

  /// Calls `work` with each thread's number on that thread, 0 on the caller's.
  private func perform(whole work: (Int) -> Void) {
    guard let team = unsafe team else { return work(0) }
    withoutActuallyEscaping(work) { work in
      var member: (Int) -> Void = work
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
