package import ArgumentParser

/// When each flag of a command has an effect: every one of them stands in here, so that none does
/// nothing without a word.
package struct FlagTable<Subject>: Sendable {
  /// Flags that do nothing in some combination of flags.
  struct Condition: Sendable {
    /// The flags' long names.
    let flags: [String]
    /// When, in words that follow "has no effect".
    let idle: String
    /// Whether it is so.
    let holds: @Sendable (Subject) -> Bool

    init(
      _ flags: String..., idle: String, when holds: @escaping @Sendable (Subject) -> Bool
    ) {
      self.init(flags, idle: idle, when: holds)
    }

    init(
      _ flags: [String], idle: String, when holds: @escaping @Sendable (Subject) -> Bool
    ) {
      self.flags = flags
      self.idle = idle
      self.holds = holds
    }
  }

  /// Flags that always have an effect.
  private let always: [String]
  /// Flags of which the command itself says when they cannot be: it takes more than flags to know.
  private let checkedByCommand: [String]
  private let conditions: [Condition]

  init(always: [String], checkedByCommand: [String] = [], _ conditions: Condition...) {
    self.always = always
    self.checkedByCommand = checkedByCommand
    self.conditions = conditions
  }

  /// The long names of all flags in the table, a flag without a long one by its letter.
  var flags: Set<String> {
    Set(always + checkedByCommand + conditions.flatMap(\.flags))
  }

  /// Refuses flags that were typed and would do nothing.
  ///
  /// - Parameters:
  ///   - typed: the flags' long names.
  ///   - subject: the command with all its values.
  /// - Throws: ``Failure`` for the first of them.
  func check(_ typed: Set<String>, of subject: Subject) throws(Failure) {
    for condition in conditions where condition.holds(subject) {
      guard let flag = condition.flags.first(where: typed.contains) else { continue }
      throw Failure(.usage, "--\(flag) has no effect \(condition.idle)")
    }
  }
}

/// A command whose flags stand in a table.
package protocol FlagChecking: ParsableCommand {
  /// What the table's conditions look at: the command, or the command and what it has read.
  associatedtype Subject = Self
  /// When each flag has an effect.
  static var flagTable: FlagTable<Subject> { get }
  /// Refuses flags that were typed and would do nothing.
  func checkFlags() throws
}

extension FlagChecking where Subject == Self {
  package func checkFlags() throws {
    try Self.flagTable.check(Invocation.current.flags, of: self)
  }
}

extension FlagChecking {
  /// The flags that stand in the table.
  package static var listedFlags: Set<String> { flagTable.flags }
}

extension ParsableCommand {
  /// This command and all below it.
  package static var family: [any ParsableCommand.Type] {
    [self] + configuration.subcommands.flatMap { $0.family }
  }
}
