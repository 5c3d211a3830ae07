import Modeling
import Music

/// Leads a piece through keys as one that was learned from goes through its own.
///
/// The network is told the key of the bars that it writes, and pitches are led to the degrees that the learned piece has
/// there. When the plan is over it begins anew. Where the piece is to end it is in the key of most of its bars.
struct TonalPlan {
  private let home: Key
  private let stretches: [DegreeProfiles.KeyStretch]
  /// The bar in which each stretch ends.
  private let ends: [Int]
  /// The present stretch.
  private var place = 0
  private var isEnding = false

  /// Begins a piece; nil where the learned one has one key.
  ///
  /// - Parameters:
  ///   - profile: the learned piece.
  ///   - home: the new piece's key.
  ///   - beginsAtHome: whether the piece has to begin in its key, as one that was asked for in it; nil where the learned
  ///     one does not.
  init?(_ profile: DegreeProfiles.Profile, in home: Key, beginningAtHome beginsAtHome: Bool) {
    guard let stretches = profile.stretches, let first = stretches.first,
      !beginsAtHome || first.tonic == 0 && first.isMinor == home.isMinor
    else { return nil }
    self.home = home
    self.stretches = stretches
    var end = 0
    ends = stretches.map { stretch in
      end += stretch.bars
      return end
    }
  }

  /// The key of the present bar.
  var key: Key { key(at: place) }

  /// The share of its notes so many semitones above its tonic, 0 to 11.
  var degrees: [Double] { stretches[place].degrees }

  /// The key of a bar of the piece, from 0.
  func key(ofBar bar: Int) -> Key { key(at: place(ofBar: bar)) }

  private func key(at place: Int) -> Key {
    let stretch = stretches[place]
    return Key(tonic: (home.tonic + stretch.tonic) % 12, isMinor: stretch.isMinor)
  }

  private func place(ofBar bar: Int) -> Int {
    let bar = bar % ends[ends.count - 1]
    return ends.firstIndex { bar < $0 } ?? 0
  }

  /// Goes on to a place in the piece, in bars from its start; true where another key begins there.
  mutating func move(to bars: Double, isEnding: Bool) -> Bool {
    let bar = Int((bars + 1e-6).rounded(.down))
    let before = key
    if !isEnding {
      place = place(ofBar: bar)
    } else if !self.isEnding {
      place = mainPlace(upTo: bar)
    }
    self.isEnding = isEnding
    return key != before
  }

  /// The stretch whose key has most of the bars up to one, of equals the first.
  private func mainPlace(upTo bar: Int) -> Int {
    var counts: [Key: Int] = [:]
    var begun = 0
    for place in stretches.indices where begun <= bar {
      counts[key(at: place), default: 0] += min(bar + 1, ends[place]) - begun
      begun = ends[place]
    }
    let most = counts.values.max()
    return stretches.indices.first { counts[key(at: $0)] == most } ?? 0
  }
}
