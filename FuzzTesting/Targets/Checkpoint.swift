import Modeling
import Safetensors
import Training

/// Reads any settings, counters and places of streams as a checkpoint's.
///
/// A line says how many parameters and states there are; three lines of JSON follow, then the bytes of
/// some numbers, of which the tensors are made. A checksum keeps random changes of a whole file from
/// getting this far.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCheckpoint(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  let lines = bytes.split(separator: 0x0A, maxSplits: 4, omittingEmptySubsequences: false)
  guard lines.count == 5 else { return 0 }
  let counts = lines[0].split(separator: 0x20).map {
    min(max(Int(String(decoding: $0, as: UTF8.self)) ?? 0, 0), 4_096)
  }
  guard counts.count == 2 else { return 0 }
  var values = stride(from: lines[4].startIndex, to: lines[4].endIndex - 3, by: 4).map { index in
    Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(lines[4][index + $1]) << UInt32(8 * $1) })
  }
  if values.isEmpty { values = [0] }
  let numbers = (0..<counts[0]).map { values[$0 % values.count] }
  func tensor(_ name: String, _ values: some Sequence<Float>) -> Tensor {
    let values = Array(values)
    return Tensor(name: name, shape: [values.count], floats: values)
  }
  var file = SafetensorsFile(tensors: [
    tensor("parameters", numbers), tensor("best", numbers),
    tensor("optimizer.first_moment", numbers),
    tensor("optimizer.second_moment", numbers.map(abs)),
    tensor("state", (0..<counts[1]).map { values[$0 % values.count] }),
  ])
  for (key, line) in zip(["settings", "counters", "position"], lines[1...]) {
    file.metadata["musegen.\(key)"] = String(decoding: line, as: UTF8.self)
  }
  file.metadata["musegen.corpus"] = "\"0\""
  guard let checkpoint = try? Checkpoint(file) else { return 0 }
  guard let again = try? Checkpoint(checkpoint.file()) else {
    preconditionFailure("what was read can be written and read")
  }
  precondition(again.settings == checkpoint.settings && again.counters == checkpoint.counters)
  precondition(again.position == checkpoint.position)
  return 0
}
