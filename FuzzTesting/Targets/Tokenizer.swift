import MidiTok
import Tokenization

/// Reads any bytes as a tokenizer of MidiTok's, and writes what its vocabulary is.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTokenizer(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let read = try? MidiTokTokenizer(json: bytes) else { return 0 }
  guard let vocabulary = try? read.configuration.makeVocabulary() else {
    preconditionFailure("what was read makes a vocabulary")
  }
  guard let written = try? MidiTokTokenizer.json(of: read.configuration) else { return 0 }
  guard let again = try? MidiTokTokenizer(json: written.bytes),
    let same = try? again.configuration.makeVocabulary()
  else { preconditionFailure("what was written can be read") }
  precondition(same.count == vocabulary.count, "and is the same")
  return 0
}
