import FileStorage

extension ProgramCall {
  /// The same call as Foundation can make it.
  ///
  /// Foundation repairs texts that are no UTF-8, and with them the names of files: where there are such, a shell puts
  /// the bytes in their places and becomes the program.
  ///
  /// - Parameter environment: the environment's variables, nil for the process's own.
  /// - Returns: the call.
  func inText(environment: [String: String]? = nil) -> ProgramCall {
    let words = [program] + arguments
    let variables = (environment ?? processEnvironment())
      .filter { Self.isVariable($0.key) && !$0.value.isText }
      .sorted { $0.key < $1.key }
    if variables.isEmpty, words.allSatisfy(\.isText) { return self }
    let bytes = "\"${musegen_bytes%x}\""
    var script = variables.map { "\($0.value.shellBytes); export \($0.key)=\(bytes)\n" }
    script += words.map { "\($0.shellBytes); set -- \"$@\" \(bytes)\n" }
    return ProgramCall(
      program: "/bin/sh", arguments: ["-c", script.joined() + "unset musegen_bytes; exec \"$@\""])
  }

  /// Whether a shell can have a variable of a name.
  private static func isVariable(_ name: String) -> Bool {
    name.wholeMatch(of: /[A-Za-z_][A-Za-z_0-9]*/) != nil
  }
}

extension String {
  /// Whether it has no byte that is no text.
  fileprivate var isText: Bool { systemPath.elementsEqual(utf8) }

  /// Has a shell set the variable `musegen_bytes` to its bytes and an x, which keeps a line feed before it.
  fileprivate var shellBytes: String {
    let digits = systemPath.map { byte -> String in
      // A percent sign would begin a directive however it was written.
      if byte == UInt8(ascii: "%") { return "%%" }
      let octal = String(byte, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
    }
    return "musegen_bytes=$(printf '\(digits.joined())x')"
  }
}
