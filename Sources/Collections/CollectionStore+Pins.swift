import FileStorage
import Foundation
import Reproducibility

/// Trust on first use: the checksum of what came first under an address is kept, and what comes later
/// must have it too.
extension CollectionStore {
  private var pinsPath: String { folder + "/pins.json" }

  /// The checksum that a download from an address had the first time.
  public func pin(of address: String) -> String? { pins[address] }

  /// Compares a checksum with the one that is kept for its address, if any.
  func compare(
    _ sha256: String, withPinOf address: String, subject: String
  ) throws(CollectionError) {
    guard let pinned = pins[address], pinned != sha256 else { return }
    throw CollectionError(
      .changed(found: sha256, pinned: pinned, pins: pinsPath), subject: subject)
  }

  /// Keeps the checksum of what came from an address.
  func pin(_ sha256: String, address: String) throws {
    var pins = pins
    pins[address] = sha256
    try writeFile(try CanonicalJSON.encode(pins, isPretty: true), at: pinsPath)
  }

  private var pins: [String: String] {
    let bytes = (try? readFile(at: pinsPath)) ?? []
    return (try? JSONDecoder().decode([String: String].self, from: Data(bytes))) ?? [:]
  }
}
