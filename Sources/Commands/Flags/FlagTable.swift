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
    /// Whether a configuration file that sets one of them is refused too.
    let alsoInFiles: Bool
    /// Whether it is so.
    let holds: @Sendable (Subject) -> Bool

    init(
      _ flags: String..., idle: String, alsoInFiles: Bool = false,
      when holds: @escaping @Sendable (Subject) -> Bool
    ) {
      self.init(flags, idle: idle, alsoInFiles: alsoInFiles, when: holds)
    }

    init(
      _ flags: [String], idle: String, alsoInFiles: Bool = false,
      when holds: @escaping @Sendable (Subject) -> Bool
    ) {
      self.flags = flags
      self.idle = idle
      self.alsoInFiles = alsoInFiles
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

  /// Refuses what a configuration file sets and the chosen kind of work never looks at.
  ///
  /// - Parameters:
  ///   - entries: the file's settings that are not as without it: a file of all settings, as
  ///     `--print-config` prints them, serves every kind.
  ///   - subject: the command with all its values.
  /// - Throws: ``Failure`` for the first of them, with its line.
  func check(_ entries: [ConfigurationEntry], of subject: Subject) throws(Failure) {
    for entry in entries {
      let idle = conditions.first {
        $0.alsoInFiles && $0.flags.contains(entry.name) && $0.holds(subject)
      }
      guard let idle else { continue }
      throw Failure(.data, "\(entry.place): \(entry.name) has no effect \(idle.idle); leave it out")
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

/// How the running command was called: which flags were typed, apart from those that have defaults.
package struct Invocation: Sendable {
  /// The command that runs.
  @TaskLocal package static var current = Invocation([])

  /// What stands behind the program's name.
  package let arguments: [String]

  /// Creates an invocation.
  package init(_ arguments: [String]) { self.arguments = arguments }

  /// What stands behind a subcommand's name.
  package func arguments(of subcommand: String) -> [String] {
    Array(arguments.drop { $0 != subcommand }.dropFirst())
  }

  /// The long names of the flags that were typed, without hyphens before them; `--no-x` counts as `x`.
  package var flags: Set<String> { Self.flags(in: arguments) }

  /// The long names of the flags among arguments.
  package static func flags(in arguments: [String]) -> Set<String> { Set(typed(in: arguments)) }

  /// Refuses a second name of a file to write where a command writes one: the first would be passed over.
  ///
  /// - Parameter command: the command that runs.
  /// - Throws: ``Failure`` that names the option.
  func checkOutputs(of command: any ParsableCommand.Type) throws(Failure) {
    let typed = Self.typed(in: arguments).filter { Self.outputs.contains($0) }
    guard typed.count > 1 else { return }
    let forms = ValueForms(of: command)
    for flag in Self.outputs where !forms.takesSeveral(flag) {
      guard typed.count(where: { $0 == flag }) > 1 else { continue }
      throw Failure(.usage, "--\(flag) is given twice, expected one file")
    }
  }

  /// The options that name files to write.
  private static let outputs = ["output", "roll"]

  /// The long names of the flags among arguments, each as often as it stands there.
  private static func typed(in arguments: [String]) -> [String] {
    var names: [String] = []
    for argument in arguments.prefix(while: { $0 != "--" }) {
      if let name = shortNames.first(where: { argument.hasPrefix($0.key) })?.value {
        names.append(name)
      }
      guard argument.hasPrefix("--") else { continue }
      let name = String(argument.dropFirst(2).prefix { $0 != "=" })
      names.append(name.hasPrefix("no-") ? String(name.dropFirst(3)) : name)
    }
    return names
  }

  private static let shortNames = ["-o": "output", "-m": "model", "-n": "n"]
}
