import Foundation
import Testing

/// What the scripts that ask PyTorch write and draw.
enum TorchNumbers {
  /// Reads a fixture: a line of JSON, then little-endian floats.
  static func read<Header: Decodable>(_ name: String) throws -> (header: Header, floats: [Float]) {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "bin"))
    let bytes = [UInt8](try Data(contentsOf: file))
    let end = try #require(bytes.firstIndex(of: 10))
    let floats = stride(from: end + 1, to: bytes.count, by: 4).map { start in
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * $1) }
      return Float(bitPattern: bits)
    }
    return (try JSONDecoder().decode(Header.self, from: Data(bytes[..<end])), floats)
  }

  /// A number in [0, 1) from an integer, as in the scripts.
  static func noise(_ index: Int) -> Double {
    var x = UInt32(truncatingIfNeeded: index &* 2_654_435_761 &+ 12345)
    x = (x ^ (x >> 15)) &* 2_246_822_519
    return Double(x ^ (x >> 13)) / 4_294_967_296
  }
}
