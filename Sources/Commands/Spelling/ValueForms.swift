public import ArgumentParser

/// A value of the command line that says how it is written.
package protocol FormedArgument: ExpressibleByArgument {
  /// The form, such as `a time such as 90s or 1:30`.
  static var form: String { get }
}

/// How the values of a command's options are written.
///
/// The options are found as the parser finds them: by the property wrappers of the command's type.
package struct ValueForms {
  private var forms: [String: String] = [:]
  private var repeatable: Set<String> = []

  /// Looks at all options of a command.
  ///
  /// - Parameter command: the command's type, or that of a group of options.
  package init(of command: any ParsableArguments.Type) { add(command) }

  /// How the value of an option is written.
  ///
  /// - Parameter flag: the option's long name, or its letter where it has no other.
  /// - Returns: the form; nil where there is no such option, or where it takes any text.
  package subscript(flag: String) -> String? { forms[Self.exceptions[flag] ?? flag] }

  /// Whether an option may be given again for another value.
  ///
  /// - Parameter flag: the option's long name.
  /// - Returns: whether it may; false where there is no such option.
  package func takesSeveral(_ flag: String) -> Bool { repeatable.contains(flag) }

  /// The properties whose options are not their name in kebab case.
  private static let exceptions = ["init": "scheme", "n": "number"]

  private mutating func add(_ type: any ParsableArguments.Type) {
    for child in Mirror(reflecting: type.init()).children {
      switch child.value {
      case let option as any ValuedOption:
        let name = SettingFlag.kebabCase(String((child.label ?? "").drop { $0 == "_" }))
        forms[name] = option.form
        if option.takesSeveral { repeatable.insert(name) }
      case let group as any OptionCollection: add(group.content)
      default: break
      }
    }
  }

  /// How a value of a type is written; nil where any text is one.
  fileprivate static func form(of type: Any.Type) -> String? {
    switch type {
    case let type as any Wrapping.Type: form(of: type.wrapped)
    case let type as any FormedArgument.Type: type.form
    case let type as any FixedWidthInteger.Type: wholeNumber(of: type)
    case is any BinaryFloatingPoint.Type: "a number"
    case let type as any ExpressibleByArgument.Type where !type.allValueStrings.isEmpty:
      "one of \(type.allValueStrings.joined(separator: ", "))"
    default: nil
    }
  }

  /// How a whole number is written; the bounds are told where somebody may pass them.
  private static func wholeNumber(of type: (some FixedWidthInteger).Type) -> String {
    if type.bitWidth < Int.bitWidth { return "a whole number from \(type.min) to \(type.max)" }
    return type.isSigned ? "a whole number" : "a whole number, 0 or more"
  }
}

private protocol ValuedOption {
  var form: String? { get }
  var takesSeveral: Bool { get }
}

extension Option: ValuedOption {
  fileprivate var form: String? { ValueForms.form(of: Value.self) }
  fileprivate var takesSeveral: Bool {
    Value.self is any RangeReplaceableCollection.Type && Value.self != String.self
  }
}

private protocol OptionCollection { var content: any ParsableArguments.Type { get } }

extension OptionGroup: OptionCollection {
  fileprivate var content: any ParsableArguments.Type { Value.self }
}

/// An optional value, or several.
private protocol Wrapping { static var wrapped: Any.Type { get } }

extension Optional: Wrapping {
  fileprivate static var wrapped: Any.Type { Wrapped.self }
}

extension Array: Wrapping {
  fileprivate static var wrapped: Any.Type { Element.self }
}
