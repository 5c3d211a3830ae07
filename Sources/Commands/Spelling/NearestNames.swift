import FileStorage
import MuseGen
import Settings

extension String {
  /// The names that were probably meant by this one: those that it begins, else the nearest by
  /// spelling, a few at most; none where all are far.
  package func nearest(among names: some Sequence<String>) -> [String] {
    let names = Set(names).sorted()
    let begun = names.filter { $0.hasPrefix(self) }
    if !begun.isEmpty, begun.count < 4, !isEmpty { return begun }
    let most = max(1, min(3, count / 2))
    let distances = names.map { (name: $0, distance: $0.editDistance(to: self)) }
    guard let least = distances.map(\.distance).min(), least <= most, least < count else {
      return []
    }
    return Array(distances.filter { $0.distance == least }.map(\.name).prefix(3))
  }
}

extension [String] {
  /// The names as the end of a message: `, the nearest is play`; empty where there are none.
  var asNearest: String {
    guard let last else { return "" }
    return count == 1
      ? ", the nearest is \(last)"
      : ", the nearest are \(dropLast().joined(separator: ", ")) and \(last)"
  }
}

/// The music and the folders beside a path, where nothing is, that were probably meant by it: those of its name with
/// another ending, else those that are spelled nearly so.
///
/// Names of fewer than five letters are near to too many.
func nearestMusic(toMissing path: String) -> [String] {
  let parent = folder(of: path)
  guard let names = try? listFolder(at: parent) else { return [] }
  let music = names.filter { name in
    !name.hasPrefix(".")
      && (MIDIFileFinder.isMusic(name) || fileKind(at: "\(parent)/\(name)") == .folder)
  }
  let named = Dictionary(grouping: music, by: pathWithoutExtension)
  let meant = pathWithoutExtension(fileName(of: path))
  let stems = named[meant] == nil && meant.count > 4 ? meant.nearest(among: named.keys) : [meant]
  return stems.flatMap { named[$0, default: []].sorted() }.prefix(3).map { name in
    parent == "." ? name : "\(parent)/\(name)"
  }
}
