import StandardMIDIFile

/// Reads any bytes, leniently and strictly, and looks at everything that was read.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReader(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  let strict = try? MIDIFile(bytes: bytes, mode: .strict)
  guard let file = try? MIDIFile(bytes: bytes) else {
    precondition(strict == nil, "strict reads what lenient does not")
    return 0
  }
  precondition(
    (strict != nil) == file.warnings.isEmpty, "strict throws exactly where lenient warns")
  var ticks = 0
  for track in file.tracks {
    for event in track {
      ticks += event.delta
      if case .channel(let message) = event.message {
        let (_, data1, data2) = message.bytes
        precondition(data1 < 128 && data2 < 128, "data bytes have seven bits")
      }
    }
  }
  precondition(ticks >= 0)
  return 0
}
