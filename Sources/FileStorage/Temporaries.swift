import Glibc
import Synchronization

/// The files and folders of this process that have no final name yet, so that a process which leaves
/// at once can take them along.
public enum Temporaries {
  private struct Entry: Equatable {
    var path: String
    /// Whether others may put something there, which stays.
    var isShared: Bool
  }

  /// nil when they have been removed: there must be no more.
  private static let entries = Mutex<[Entry]?>([])

  /// Notes a file or folder, before it is made.
  ///
  /// A thread that comes after ``removeAll()`` never returns.
  ///
  /// - Parameters:
  ///   - path: its path.
  ///   - isShared: whether it is a folder that is removed only where nothing is in it.
  public static func add(_ path: String, isShared: Bool = false) {
    let isLeaving = entries.withLock { entries in
      entries?.append(Entry(path: path, isShared: isShared))
      return entries == nil
    }
    while isLeaving { pause() }
  }

  /// Makes a file or folder that is to be noted, or one within such a folder: all at once, so that
  /// ``removeAll()`` comes before it or after it.
  ///
  /// A thread that comes after ``removeAll()`` never returns.
  ///
  /// - Parameter work: makes it, which must not take long, and notes its path.
  /// - Returns: what it returns.
  /// - Throws: what it throws.
  static func making<Result: Sendable, Failure>(
    _ work: (_ note: (String) -> Void) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let result = try entries.withLock { entries throws(Failure) -> Result? in
      guard entries != nil else { return nil }
      var noted: [Entry] = []
      defer { entries?.append(contentsOf: noted) }
      return try work { noted.append(Entry(path: $0, isShared: false)) }
    }
    guard let result else { while true { pause() } }
    return result
  }

  /// Takes a note back: what is there stays.
  ///
  /// - Parameter path: the path that was noted.
  public static func keep(_ path: String) {
    entries.withLock { entries in
      guard let index = entries?.lastIndex(where: { $0.path == path }) else { return }
      entries?.remove(at: index)
    }
  }

  /// Takes a note back and removes what is there from the disk; nothing happens where no note was made.
  ///
  /// - Parameter path: the path that was noted.
  public static func remove(_ path: String) {
    entries.withLock { entries in
      guard let index = entries?.lastIndex(where: { $0.path == path }) else { return }
      if let entry = entries?.remove(at: index) { Self.remove(entry) }
    }
  }

  private static func remove(_ entry: Entry) {
    if entry.isShared {
      unsafe withSystemPath(entry.path) { _ = unsafe rmdir($0) }
    } else {
      try? removeFolder(at: entry.path)
    }
  }

  /// Removes what is noted, the latest first, from the disk.
  ///
  /// The process is to leave afterwards.
  public static func removeAll() {
    entries.withLock { entries in
      for entry in (entries ?? []).reversed() { remove(entry) }
      entries = nil
    }
  }
}
