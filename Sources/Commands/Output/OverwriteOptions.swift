import ArgumentParser
import FileStorage

/// Whether files that stand already under the names given may be replaced.
struct OverwriteOptions: ParsableArguments {
  @Flag(help: "Replace a file that is there already.")
  var overwrite = false

  /// What may be done where a file stands.
  var replacement: Replacement { overwrite ? .always : .never }
}
