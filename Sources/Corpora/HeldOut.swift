import Foundation

/// Which pieces of a corpus are kept apart to measure on.
public enum HeldOut: Hashable, Sendable, Codable {
  /// This share of all pieces, 0 to 1, chosen by their notes.
  case fraction(Double)
  /// Those in a folder, at any depth, or the one file of that path.
  case folder(String)
}

extension HeldOut {
  /// The same with the folder's own name alone.
  public var withoutPath: HeldOut {
    guard case .folder(let folder) = self else { return self }
    return .folder(URL(filePath: folder).standardizedFileURL.lastPathComponent)
  }

  /// Whether a file stands in the folder, whichever way both are named; false where there is none.
  func names(_ path: String) -> Bool {
    guard case .folder(let folder) = self else { return false }
    let parts = URL(filePath: folder).standardizedFileURL.pathComponents
    return URL(filePath: path).standardizedFileURL.pathComponents.starts(with: parts)
  }
}
