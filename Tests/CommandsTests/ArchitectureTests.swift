import Foundation
import Testing

/// Holds the sources against the table in `ARCHITECTURE.md`.
struct ArchitectureTests {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The table's rows: what each target may import directly.
  func table() throws -> [String: Set<String>] {
    let text = try String(contentsOf: root.appending(path: "ARCHITECTURE.md"), encoding: .utf8)
    var rows: [String: Set<String>] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix("| `") {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false)
      rows[names(cells[1])[0]] = Set(names(cells[3]))
    }
    return rows
  }

  func names(_ cell: Substring) -> [String] {
    cell.matches(of: /`(\w+)`/).map { String($0.1) }
  }

  func sources(of target: String) throws -> [URL] {
    let folder = root.appending(path: "Sources/\(target)")
    let enumerator = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (enumerator?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
  }

  @Test func `a target imports only what stands below it`() throws {
    let table = try table()
    let modules = Set(table.keys).union(table.values.joined())
    for target in table.keys {
      var below = table[target] ?? []
      while true {
        let next = below.union(below.flatMap { table[$0] ?? [] })
        if next == below { break }
        below = next
      }
      let files = try sources(of: target)
      #expect(!files.isEmpty || ["CKernels", "CMPI"].contains(target), "\(target) has no sources")
      for file in files {
        let text = try String(contentsOf: file, encoding: .utf8)
        for match in text.matches(
          of:
            #/(?m)^ *(?:@\w+ )*(?:(?:public|package|internal) )?import (?:(?:struct|class|enum|protocol|func) )?(\w+)/#
        ) {
          let module = String(match.1)
          guard modules.contains(module) else { continue }
          #expect(below.contains(module), "\(file.lastPathComponent) imports \(module)")
        }
      }
    }
  }

  @Test func `the ground floor imports nothing, not even Foundation`() throws {
    for file in try sources(of: "StandardMIDIFile") {
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(!text.contains(#/(?m)^(public )?import /#), "\(file.lastPathComponent)")
    }
  }

  @Test func `the manifest declares what the table says`() throws {
    let manifest = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
    let table = try table()
    let ours = Set(table.keys).union(table.values.joined())
    for (target, imports) in table {
      let pattern = try Regex("arget\\(\\s*name: \"\(target)\"(?s:(.*?))\\n    (?:\\.|//)")
      let match = try #require(manifest.firstMatch(of: pattern), "\(target) is in the manifest")
      let declared = String(manifest[match.range]).matches(of: /"(\w+)"/).map { String($0.1) }
      #expect(Set(declared).intersection(ours).subtracting([target]) == imports, "\(target)")
    }
  }

  @Test func `unsafe stands only where it may`() throws {
    let fenced: Set = [
      "Tensors", "Ranks", "Playback", "FileStorage", "Archives", "Downloads", "MusicXML",
    ]
    for target in try table().keys where !fenced.contains(target) {
      for file in try sources(of: target) {
        let code = try String(contentsOf: file, encoding: .utf8)
          .replacing(/\/\/.*/, with: "").replacing(/"[^"\n]*"/, with: "")
        #expect(!code.contains(/\bunsafe\b/), "\(target)/\(file.lastPathComponent)")
        #expect(!code.contains(/\bUnsafe\w*Pointer/), "\(target)/\(file.lastPathComponent)")
      }
    }
  }

  @Test func `only one file of the commands knows standard output`() throws {
    for file in try sources(of: "Commands") {
      let code = try String(contentsOf: file, encoding: .utf8).replacing(/\/\/.*/, with: "")
      let name = file.lastPathComponent
      #expect(
        !code.contains(
          /(?m)^ *(try )?print\(|[{:] (try )?print\(|\bputs\(|FileHandle\.standard(Output|Error)/),
        "\(name)")
      if name == "StandardOutput.swift" { continue }
      #expect(!code.contains(/StandardStream\.output\.write/), "\(name)")
    }
  }

  @Test func `no library speaks of flags or of musegen's commands`() throws {
    for target in try table().keys where !["Commands", "MuseGenCLI"].contains(target) {
      for file in try sources(of: target) {
        let code = try String(contentsOf: file, encoding: .utf8).replacing(/\/\/.*/, with: "")
        for literal in code.matches(of: /"[^"\n]*"/) {
          #expect(
            !literal.0.contains(/--[a-z]|\bmusegen (train|play|render|devices|generate)\b/),
            "\(literal.0)")
        }
      }
    }
  }
}
