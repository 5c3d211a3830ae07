extension String {
  /// The path under which what the user named is read: that of standard input for a hyphen.
  ///
  /// A file of this name is `./-`.
  var inputPath: String { self == "-" ? "/dev/stdin" : self }
}
