package import Foundation

/// A library in C beside the tests, compiled by the compiler that comes with Swift.
package struct CompiledLibrary {
  /// Why a test cannot have its library.
  struct Failure: Error, CustomStringConvertible {
    let source: String
    var description: String {
      "clang, which comes with Swift, cannot compile \(source); is it in PATH, and libasound2-dev there?"
    }
  }

  private let bytes: Data

  /// Compiles a file of a folder of `Tests`.
  package init(_ source: String, in place: String = "SoundDevice") throws {
    let output = FileManager.default.temporaryDirectory
      .appending(path: "musegen-\(UUID().uuidString).so")
    defer { try? FileManager.default.removeItem(at: output) }
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = [
      "clang", "-std=c11", "-D_GNU_SOURCE", "-DPIC", "-fPIC", "-shared", "-o", output.path,
      folder.appending(path: "\(place)/\(source)").path, "-lasound", "-lpthread",
    ]
    try compiler.run()
    compiler.waitUntilExit()
    guard compiler.terminationStatus == 0 else { throw Failure(source: source) }
    bytes = try Data(contentsOf: output)
  }

  /// Puts the library where a program can load it.
  package func write(to url: URL) throws { try bytes.write(to: url) }
}
