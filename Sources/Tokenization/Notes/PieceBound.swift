/// Where a piece that is being decoded ends at the latest, counted from its start.
///
/// What sounds there is released, and nothing is struck that could not last a step until there.
public enum PieceBound: Hashable, Sendable {
  /// So many seconds of the music's own tempos.
  case seconds(Double)
  /// So many bars of its own metres, of 4/4 before the first.
  case bars(Double)
  /// So many notes: no further one is struck, and those that sound may end.
  case notes(Int)
}
