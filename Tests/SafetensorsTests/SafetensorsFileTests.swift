import Foundation
import Safetensors
import TestSupport
import Testing

struct SafetensorsFileTests {
  let example = SafetensorsFile(
    metadata: ["name": "a \"quoted\" \\ \n\u{1} é"],
    tensors: [
      Tensor(name: "b", shape: [2, 2], floats: [1, -2, .pi, .leastNonzeroMagnitude]),
      Tensor(name: "a", shape: [3], integers: [0, 1, .max]),
      Tensor(name: "none", shape: [0, 5], floats: []),
    ])

  @Test func `what is written is read back`() throws {
    let read = try SafetensorsFile(bytes: example.encoded())
    #expect(read.metadata == example.metadata)
    #expect(read.tensors.map(\.name) == ["b", "a", "none"])
    #expect(read["b"]?.floats == [1, -2, .pi, .leastNonzeroMagnitude])
    #expect(read["b"]?.shape == [2, 2])
    #expect(read["a"]?.unsignedIntegers == [0, 1, .max])
    #expect(read["none"]?.floats == [])
    #expect(read.encoded() == example.encoded())
  }

  @Test func `numbers start at a multiple of eight`() {
    let bytes = example.encoded()
    #expect((Int(bytes[0]) + Int(bytes[1]) << 8) % 8 == 0)
  }

  @Test func `a file of the reference implementation is read`() throws {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/reference", withExtension: "safetensors"))
    let file = try SafetensorsFile(bytes: Array(Data(contentsOf: url)))
    #expect(file.metadata["made by"] == "safetensors_reference.py")
    #expect(file.metadata["quote"] == "a \"b\" \\ \n é")
    #expect(file["single"]?.floats == [-0.5, -0.25, 0, 0.25, 0.5, 0.75])
    #expect(file["single"]?.shape == [2, 3])
    #expect(file["double"]?.floats == [1e-3, -7.25])
    #expect(file["half"]?.floats == [0, 1, -2.5, 65504, 0x1p-24, .infinity])
    #expect(file["count"]?.unsignedIntegers == [1, 1 << 63])
    #expect(file["count"]?.floats == nil)
    #expect(file["empty"]?.shape == [0, 4])
  }

  @Test func `bfloat16 rounds to nearest, ties to even`() {
    let values: [Float] = [1, 1.00390625, 1.01171875, -3.1415927, .infinity]
    let tensor = Tensor(name: "t", shape: [5], roundingToBFloat16: values)
    #expect(tensor.floats == [1, 1, 1.015625, -3.140625, .infinity])
    let nan = Tensor(name: "t", shape: [1], roundingToBFloat16: [.nan])
    #expect(nan.floats?[0].isNaN == true)
  }

  @Test func `the checksum sees every change but its own entry`() throws {
    let checksum = example.checksum(withoutMetadata: "crc32")
    var other = example
    other.metadata["crc32"] = "1"
    #expect(other.checksum(withoutMetadata: "crc32") == checksum)
    other.metadata["name"] = "b"
    #expect(other.checksum(withoutMetadata: "crc32") != checksum)
    other = example
    other.tensors[0].bytes[other.tensors[0].bytes.startIndex] ^= 1
    #expect(other.checksum(withoutMetadata: "crc32") != checksum)
  }

  @Test func `the checksum is zlib's CRC-32`() {
    // zlib.crc32(b"a\0b\0") in Python.
    #expect(SafetensorsFile(metadata: ["a": "b"]).checksum(withoutMetadata: "") == 0xF515465F)
  }

  @Test func `bytes that are no safetensors file are refused with a reason`() {
    func refused(_ bytes: [UInt8], _ reason: SafetensorsError.Reason) {
      #expect(throws: SafetensorsError(reason)) { try SafetensorsFile(bytes: bytes) }
    }
    func file(_ header: String, data: Int = 0) -> [UInt8] {
      let count = header.utf8.count
      return [UInt8(count & 255), UInt8(count >> 8), 0, 0, 0, 0, 0, 0] + Array(header.utf8)
        + [UInt8](repeating: 0, count: data)
    }
    refused([], .tooShort(bytes: 0))
    refused(
      Array("MThd\0\0\0\u{6}abcd".utf8),
      .headerPastEnd(length: 0x0600_0000_6468_544D, available: 4))
    refused([UInt8](repeating: 255, count: 16), .headerPastEnd(length: .max, available: 8))
    refused(file("{]"), .malformedHeader("the header is not the JSON of the format"))
    refused(
      file("{\"a\":{\"dtype\":\"F8\",\"shape\":[],\"data_offsets\":[0,1]}}", data: 1),
      .unknownElement(tensor: "a", element: "F8"))
    for (shape, offsets) in [
      ("[1]", "[0,8]"), ("[-1]", "[0,4]"), ("[9223372036854775807,4]", "[0,4]"), ("[1]", "[4,8]"),
      ("[1]", "[4,0]"), ("[-1,-1]", "[0,4]"),
    ] {
      refused(
        file("{\"a\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}", data: 8),
        .misplacedTensor("a"))
    }
    refused(
      file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", data: 4),
      .wrongLength(data: 4, expected: 8))
  }

  @Test func `damaged files never trap`() {
    let bytes = example.encoded()
    withEvery(seed: 0..<5_000) { generator in
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        damaged[Int.random(in: damaged.indices, using: &generator)] = .random(
          in: 0 ... .max, using: &generator)
      }
      if Bool.random(using: &generator) {
        damaged.removeLast(Int.random(in: 0...damaged.count, using: &generator))
      }
      if let file = try? SafetensorsFile(bytes: damaged) {
        #expect(file.tensors.allSatisfy { $0.bytes.count <= damaged.count })
      }
    }
  }
}
