/// What may be done where a file stands already under the name that one is to get.
///
/// A file that is protected from writing is never replaced.
public enum Replacement: Hashable, Sendable {
  /// It stays, and writing fails with `EEXIST`, also where it came while the new one was written.
  case never
  /// The new file takes its place, with its mode.
  case always
}
