/// Keeps out what is no playing: more notes than hands can strike, and more controllers than are worth it.
struct NoteLimiter: Hashable, Sendable {
  private var notes = Allowance(perSecond: 250, atOnce: 64)
  private var controls = Allowance(perSecond: 2_000, atOnce: 512)
  /// How many notes were kept out.
  private(set) var lostCount = 0

  /// A bucket that fills evenly and from which each one takes.
  private struct Allowance: Hashable {
    let perSecond: Double
    let atOnce: Double
    var left: Double
    var last = -Double.infinity

    init(perSecond: Double, atOnce: Double) {
      self.perSecond = perSecond
      self.atOnce = atOnce
      left = atOnce
    }

    mutating func take(at seconds: Double) -> Bool {
      left = min(atOnce, left + max(0, seconds - last) * perSecond)
      last = seconds
      guard left >= 1 else { return false }
      left -= 1
      return true
    }
  }

  mutating func admits(at seconds: Double) -> Bool {
    let isAdmitted = notes.take(at: seconds)
    if !isAdmitted { lostCount += 1 }
    return isAdmitted
  }

  mutating func admitsControl(at seconds: Double) -> Bool { controls.take(at: seconds) }
}
