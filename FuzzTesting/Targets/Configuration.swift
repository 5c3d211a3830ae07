/// Reads any text as a configuration file; what can be read is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzConfiguration(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let text = String(validating: bytes, as: UTF8.self) else { return 0 }
  let entries: [ConfigurationEntry]
  do {
    entries = try FlatTOML.entries(in: text, name: "file")
  } catch {
    precondition(error.line >= 1 && !error.message.isEmpty)
    return 0
  }
  precondition(Set(entries.map(\.name)).count == entries.count, "each name stands there once")
  let written = entries.map(\.line).joined(separator: "\n")
  guard let again = try? FlatTOML.entries(in: written, name: "file") else {
    preconditionFailure("what was written can be read")
  }
  precondition(again.map(\.name) == entries.map(\.name))
  for (one, other) in zip(entries, again) {
    precondition(one.arguments.count == other.arguments.count)
    // Texts are equal to the byte, not as Swift compares them.
    precondition(zip(one.arguments, other.arguments).allSatisfy { $0.utf8.elementsEqual($1.utf8) })
  }
  return 0
}
