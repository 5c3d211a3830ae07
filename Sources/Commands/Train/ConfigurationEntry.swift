/// A setting by its flag's long name, as a line of a configuration file.
package struct ConfigurationEntry: Hashable {
  /// What a setting is set to.
  package enum Value: Hashable {
    case text(String)
    /// Its digits as they stand in the file, which are exact in any precision.
    case number(String)
    case truth(Bool)
    case list([String])
  }

  /// The flag's long name.
  package var name: String
  /// Nil where it is not set.
  package var value: Value?
  /// Where it stands, such as `train.toml:3`.
  package var place = ""

  /// Creates a setting.
  package init(name: String, value: Value? = nil) {
    self.name = name
    self.value = value
  }

  /// The setting on a command line.
  package var arguments: [String] {
    switch value {
    case .text(let text), .number(let text): ["--\(name)=\(text)"]
    case .truth(let isTrue): [isTrue ? "--\(name)" : "--no-\(name)"]
    case .list(let texts): texts.map { "--\(name)=\($0)" }
    case nil: []
    }
  }

  /// The setting as a line of a configuration file, a comment where it is not set.
  package var line: String {
    switch value {
    case .text(let text): "\(name) = \(FlatTOML.quoted(text))"
    case .number(let text): "\(name) = \(text)"
    case .truth(let isTrue): "\(name) = \(isTrue)"
    case .list(let texts): "\(name) = [\(texts.map(FlatTOML.quoted).joined(separator: ", "))]"
    case nil: "# \(name) is not set"
    }
  }
}

extension ConfigurationEntry {
  init(_ name: String, _ text: String?) { self.init(name: name, value: text.map { .text($0) }) }

  init(_ name: String, _ isTrue: Bool?) { self.init(name: name, value: isTrue.map { .truth($0) }) }

  init(_ name: String, _ texts: [String]) {
    self.init(name: name, value: texts.isEmpty ? nil : .list(texts))
  }

  init(_ name: String, _ number: (some Numeric & LosslessStringConvertible)?) {
    self.init(name: name, value: number.map { .number("\($0)") })
  }
}
