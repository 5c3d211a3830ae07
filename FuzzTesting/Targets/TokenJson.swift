import Foundation
import Music
import StandardMIDIFile
import Tokenization

/// Reads any bytes as a line of `tokens --json`, and turns what can be read into a file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTokenList(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let list = try? TokenList(bytes) else { return 0 }
  guard let line = try? list.line(), let again = try? TokenList(Array(line.utf8)) else {
    preconditionFailure("what was read can be written and read")
  }
  precondition(again.tokens == list.tokens && again.vocabulary == list.vocabulary)
  guard let score = try? list.score() else { return 0 }
  guard let file = try? MIDIFile(bytes: score.midiFile().bytes()) else {
    preconditionFailure("a score's file is not read")
  }
  precondition(file.warnings.isEmpty, "a score's file is valid")
  return 0
}
