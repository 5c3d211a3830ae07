public import Generation
public import Music
import Glibc
import Synchronization

/// A partner that thinks on a task of its own, so that nobody waits for it: not who plays, and not the beat.
///
/// It does what it is told in its order, a little later. What it has written is handed out by the next
/// ``write(until:)``, which is called again and again while it plays. What is taken back is never handed out, even
/// where it is being written at that very moment.
public final class BackgroundPartner: Partner {
  /// How long a quarter note lasts in the partner's own time; nil where its vocabulary tells seconds.
  public let secondsPerQuarter: Double?
  private let desk: Desk
  private let bell: AsyncStream<Void>.Continuation

  /// Begins to think.
  ///
  /// - Parameter partner: who thinks; nobody else has it from now on.
  public init(_ partner: sending any Partner) {
    secondsPerQuarter = partner.secondsPerQuarter
    let desk = Desk(Report(partner))
    let (calls, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.desk = desk
    self.bell = bell
    Task.detached(priority: .high) {
      for await _ in calls { desk.work(partner) }
    }
  }

  deinit { bell.finish() }

  private func tell(_ order: Order) {
    desk.state.withLock { $0.put(order) }
    bell.yield()
  }

  /// Waits until it has done all that it was told, for a second or two at the most: for those whom no clock presses.
  public func finish() {
    for _ in 0..<10_000 {
      guard desk.state.withLock({ $0.isBusy }) else { return }
      usleep(100)
    }
  }

  /// Tells that time passes: of what was told of it before, and not heeded yet, the last counts.
  private func pass(_ change: (inout Passage) -> Void) {
    desk.state.withLock { state in
      var passage = state.takeLastPassage() ?? Passage()
      change(&passage)
      state.put(.passTime(passage))
    }
    bell.yield()
  }
}

// What passes between who plays and the task.
extension BackgroundPartner {
  /// What the partner is told.
  private enum Order: Sendable {
    case strike(program: UInt8, pitch: UInt8, velocity: UInt8, at: Double)
    case release(program: UInt8, pitch: UInt8, at: Double)
    case begin(at: Double)
    case takeBack(from: Double, isOver: Bool)
    case change(SamplingChange.Kind)
    case changeRepeats(Float)
    case passTime(Passage)
  }

  /// Up to when it listens, may forget and shall write.
  private struct Passage: Sendable {
    var listened, forgotten, wanted: Double?
  }

  /// How the partner is, as far as it is known.
  private struct Report: Sendable {
    var heardCount, writtenCount: Int
    var key: Key?
    var temperature, repeats: Float
    var density: Double?

    init(_ partner: any Partner) {
      (heardCount, writtenCount, key) = (partner.heardCount, partner.writtenCount, partner.key)
      (temperature, density) = (partner.temperature, partner.density)
      repeats = partner.repeats
    }
  }

  /// Where both sides put down what the other takes.
  private final class Desk: Sendable {
    struct State {
      /// What the partner has still to do.
      private(set) var orders: [Order] = []
      /// Whether it has still to do or to read something.
      private(set) var isBusy = false
      /// What it has written, and nobody has taken.
      var written: [TimedMessage] = []
      var report: Report

      init(_ report: Report) { self.report = report }

      mutating func put(_ order: Order) {
        orders.append(order)
        isBusy = true
      }

      /// Removes and returns the next order.
      mutating func takeFirst() -> Order? { orders.isEmpty ? nil : orders.removeFirst() }

      /// Removes and returns the last order where it only tells that time passes.
      mutating func takeLastPassage() -> Passage? {
        guard case .passTime(let passage)? = orders.last else { return nil }
        orders.removeLast()
        return passage
      }

      /// Says that all was read, and whether nothing has come meanwhile.
      mutating func rest() -> Bool {
        isBusy = !orders.isEmpty
        return !isBusy
      }

      /// Keeps nothing that was taken back.
      mutating func drop(from seconds: Double, isOver: Bool) {
        written.removeAll { isOver || $0.seconds >= seconds }
      }
    }

    let state: Mutex<State>

    init(_ report: Report) { state = Mutex(State(report)) }

    /// Does what was told, until all is done and read.
    func work(_ partner: any Partner) {
      while true {
        guard let order = state.withLock({ $0.takeFirst() }) else {
          if partner.read(), state.withLock({ $0.rest() }) { return }
          continue
        }
        let written = Self.carryOut(order, by: partner)
        let (heard, wrote, key) = (partner.heardCount, partner.writtenCount, partner.key)
        state.withLock { state in
          state.written += written
          (state.report.heardCount, state.report.writtenCount) = (heard, wrote)
          state.report.key = key
          for case .takeBack(let seconds, let isOver) in state.orders {
            state.drop(from: seconds, isOver: isOver)
          }
        }
      }
    }

    /// Has the partner do something; what it has written by that.
    private static func carryOut(_ order: Order, by partner: any Partner) -> [TimedMessage] {
      switch order {
      case .strike(let program, let pitch, let velocity, let seconds):
        partner.strike(program: program, pitch: pitch, velocity: velocity, at: seconds)
      case .release(let program, let pitch, let seconds):
        partner.release(program: program, pitch: pitch, at: seconds)
      case .begin(let seconds): partner.begin(at: seconds)
      case .takeBack(let seconds, let isOver): partner.takeBack(from: seconds, isOver: isOver)
      // What it does not take leaves it as it is.
      case .change(let kind): try? partner.change(kind)
      case .changeRepeats(let repeats): try? partner.change(repeats: repeats)
      case .passTime(let passage):
        if let listened = passage.listened { partner.listen(until: listened) }
        if let forgotten = passage.forgotten { partner.forget(before: forgotten) }
        if let wanted = passage.wanted { return partner.write(until: wanted) }
      }
      return []
    }
  }
}

// What who plays sees of it.
extension BackgroundPartner {
  /// How many tokens of the other's the model had read when it was last done with something.
  public var heardCount: Int { desk.state.withLock { $0.report.heardCount } }
  /// How many tokens it had written that stand.
  public var writtenCount: Int { desk.state.withLock { $0.report.writtenCount } }
  /// The key that the model is told; nil where it is told none.
  public var key: Key? { desk.state.withLock { $0.report.key } }
  /// What the model's tokens are divided by, from what it does next on.
  public var temperature: Float { desk.state.withLock { $0.report.temperature } }
  /// How many notes a second are aimed at; nil for as many as the model likes.
  public var density: Double? { desk.state.withLock { $0.report.density } }
  /// How much the piece quotes itself.
  public var repeats: Float { desk.state.withLock { $0.report.repeats } }

  /// Has the partner hear a note begin.
  public func strike(program: UInt8, pitch: UInt8, velocity: UInt8, at seconds: Double) {
    tell(.strike(program: program, pitch: pitch, velocity: velocity, at: seconds))
  }

  /// Has the partner hear a note end.
  public func release(program: UInt8, pitch: UInt8, at seconds: Double) {
    tell(.release(program: program, pitch: pitch, at: seconds))
  }

  /// Has the partner hear that nothing more comes before a moment.
  public func listen(until seconds: Double) { pass { $0.listened = seconds } }

  /// True: what is to be read anew is read in the background.
  public func read() -> Bool { true }

  /// Has the partner begin to play.
  public func begin(at seconds: Double) { tell(.begin(at: seconds)) }

  /// Has the partner write on.
  ///
  /// - Parameter seconds: up to when, at the least.
  /// - Returns: what it has written since the last call, and nobody has taken back.
  public func write(until seconds: Double) -> [TimedMessage] {
    pass { $0.wanted = seconds }
    return desk.state.withLock { state in
      defer { state.written.removeAll(keepingCapacity: true) }
      return state.written
    }
  }

  /// Tells the partner what was heard, and is not taken back any more.
  public func forget(before seconds: Double) { pass { $0.forgotten = seconds } }

  /// Takes back what the partner has written from a moment on, or is writing.
  public func takeBack(from seconds: Double, isOver: Bool) {
    desk.state.withLock { state in
      // What would be written only to be taken back is not written.
      if var passage = state.takeLastPassage() {
        passage.wanted = nil
        state.put(.passTime(passage))
      }
      state.drop(from: seconds, isOver: isOver)
    }
    tell(.takeBack(from: seconds, isOver: isOver))
  }

  /// Changes how the tokens to come are drawn; a value out of range changes nothing of that.
  public func change(_ kind: SamplingChange.Kind) {
    desk.state.withLock { state in
      switch kind {
      case .temperature(let temperature): state.report.temperature = temperature
      case .density(let density): state.report.density = density
      }
    }
    tell(.change(kind))
  }

  /// Changes how much the piece quotes itself; a value out of range changes nothing of that.
  public func change(repeats: Float) {
    desk.state.withLock { $0.report.repeats = repeats }
    tell(.changeRepeats(repeats))
  }
}
