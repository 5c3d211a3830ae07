import Foundation
import StandardMIDIFile
import TestSupport
import Testing

struct FailCaseTests {
  private static let fuzzTesting = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../FuzzTesting")

  @Test func `what fuzzing once found is read without a trap and comes back as written`() throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: Self.fuzzTesting.appending(path: "FailCases"), includingPropertiesForKeys: nil)
    try #require(!files.isEmpty)
    for file in files { try checkRoundTrip([UInt8](Data(contentsOf: file))) }
  }

  @Test func `inputs that reach all of the reader are read without a trap`() throws {
    // Written by FuzzTesting/keep: each input after its length in two bytes, the low one first.
    var rest = [UInt8](
      try Data(contentsOf: Self.fuzzTesting.appending(path: "kept.bin")))[...]
    var count = 0
    while rest.count >= 2 {
      let length = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
      rest = rest.dropFirst(2)
      try checkRoundTrip(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
      count += 1
    }
    #expect(count > 500)
  }

  @Test func `any damage to a file is read or refused, and what is read comes back as written`()
    throws
  {
    try withEvery(seed: 0..<20_000) { generator in
      var bytes = randomFile(using: &generator).bytes(runningStatus: .random(using: &generator))
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        guard !bytes.isEmpty else { break }
        let at = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[at] ^= 0x80
        case 2: bytes.remove(at: at)
        case 3: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: at)
        default: bytes.removeLast(min(bytes.count - at, 40))
        }
      }
      try checkRoundTrip(bytes)
    }
  }
}

/// Reads bytes in both modes and writes what was read.
private func checkRoundTrip(_ bytes: [UInt8]) throws {
  let strict = try? MIDIFile(bytes: bytes, mode: .strict)
  guard let file = try? MIDIFile(bytes: bytes) else {
    try #require(strict == nil)
    return
  }
  try #require((strict != nil) == file.warnings.isEmpty)
  try #require(try MIDIFile(bytes: file.bytes()) == file)
}
