import Safetensors

/// Reads any bytes as tensors; what can be read is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSafetensors(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let file = try? SafetensorsFile(bytes: bytes) else { return 0 }
  for tensor in file.tensors {
    precondition(tensor.byteCount == tensor.bytes.count, "a tensor knows its bytes")
    let numbers = tensor.floats?.count ?? tensor.unsignedIntegers?.count
    precondition(numbers.map { $0 == tensor.byteCount / tensor.element.size } ?? true)
  }
  let written = file.encoded()
  guard let again = try? SafetensorsFile(bytes: written) else {
    preconditionFailure("what was written can be read")
  }
  // Tensors without numbers stand where their names put them.
  precondition(again.metadata == file.metadata && Set(again.tensors) == Set(file.tensors))
  precondition(again.encoded().count == written.count)
  _ = file.checksum(withoutMetadata: "musegen.crc32")
  return 0
}
