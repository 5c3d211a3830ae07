import FileStorage
import Foundation

/// Trust on first use: the checksum of what came first under an address is kept, and what comes later
/// must have it too.
extension CollectionStore {
  private var pinsPath: String { folder + "/pins.json" }

  /// The checksum that a download from an address had the first time.
  public func pin(of address: String) -> String? { pins[address] }

  /// Keeps an address's checksum, or compares it with the one that is kept.
  func pin(_ sha256: String, address: String, subject: String) throws {
    var pins = pins
    if let pinned = pins[address] {
      guard pinned == sha256 else {
        throw CollectionError(
          .changed(found: sha256, pinned: pinned, pins: pinsPath), subject: subject)
      }
      return
    }
    pins[address] = sha256
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try writeFile(Array(encoder.encode(pins)), at: pinsPath)
  }

  private var pins: [String: String] {
    let bytes = (try? readFile(at: pinsPath)) ?? []
    return (try? JSONDecoder().decode([String: String].self, from: Data(bytes))) ?? [:]
  }
}
