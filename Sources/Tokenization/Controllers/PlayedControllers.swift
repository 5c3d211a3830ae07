import Music

/// A movement of a program's controller on a vocabulary's grid.
struct PlayedController: Hashable {
  /// When, in ticks or in steps of the grid.
  var tick: Int
  /// The program, or ``drumKit``.
  var program: UInt8
  var event: ControllerEvent

  /// Its place among the others.
  var order: (Int, UInt8, Int) { (tick, program, event.controller.rank) }
}

/// The places of a grid, which controllers move at.
struct ControllerGrid {
  /// The place nearest to a tick of a score; nil where it lies beyond what is told.
  var nearest: (_ tick: Int) -> Int?
  /// The first place of the grid that does not lie before one between its places.
  var following: (_ place: Int) -> Int
}

extension Score {
  /// What pedals and wheels do to notes that are on a grid already, in the one form that tokens can tell.
  ///
  /// Of what happens between two places of the grid the last counts; a pedal that is lifted and pressed again
  /// between them is lifted at the first and pressed at the second. Where several channels play one program, that of
  /// them moves a controller which plays the most notes of those that move it at all. At the end of the piece pedals
  /// are lifted.
  ///
  /// - Parameters:
  ///   - layout: which positions are told apart.
  ///   - notes: the notes in canonical form.
  ///   - grid: their grid.
  ///   - program: the program that tells a note of the score; nil for one that is not told.
  /// - Returns: the movements by time, program and controller.
  /// - Complexity: O(*n* log *n*) in the number of notes and messages.
  func playedControllers(
    _ layout: ControllerLayout, of notes: [PlayedNote], on grid: ControllerGrid,
    program: (PlayedNote) -> UInt8?
  ) -> [PlayedController] {
    guard !layout.isEmpty, !notes.isEmpty else { return [] }
    let leading = leadingCurves(layout, on: grid, program: program)
    var notesOfProgram = Array(repeating: [PlayedNote](), count: 129)
    for note in notes { notesOfProgram[Int(note.program)].append(note) }
    var played: [PlayedController] = []
    var held: [UInt8] = []
    for (program, curves) in leading.enumerated() where !notesOfProgram[program].isEmpty {
      let line = ControllerLine(
        curves, of: notesOfProgram[program], layout: layout, grid: grid)
      played += line.moves.map {
        PlayedController(tick: $0.tick, program: UInt8(program), event: $0.event)
      }
      if line.isPedalDown { held.append(UInt8(program)) }
    }
    let lastEnd = notes.reduce(0) { max($0, $1.end) }
    let end = grid.following(played.reduce(lastEnd) { max($0, $1.tick) })
    let moved = Set(played.lazy.filter { $0.tick == end }.map(\.program))
    for program in held {
      // What is moved there is moved while the pedal is down.
      let isMovedThere = moved.contains(program)
      played.append(
        PlayedController(
          tick: isMovedThere ? grid.following(end + 1) : end, program: program,
          event: ControllerEvent(controller: .pedal, position: 0)))
    }
    played.sort { $0.order < $1.order }
    return played
  }

  /// For each program the movements of each controller by its rank, on a grid.
  private func leadingCurves(
    _ layout: ControllerLayout, on grid: ControllerGrid, program: (PlayedNote) -> UInt8?
  ) -> [[[ControllerLine.Move]]] {
    let none = Array(repeating: [ControllerLine.Move](), count: Controller.count)
    var leading = Array(repeating: none, count: 129)
    var noteCounts = Array(repeating: [0, 0, 0], count: 129)
    var trackCounts = tracks.map { _ in [UInt8: Int]() }
    forEachPlayedNote { track, note in
      if let program = program(note) { trackCounts[track][program, default: 0] += 1 }
    }
    for curves in controllerCurves where !curves.changes.isEmpty {
      var moves = none
      for change in curves.changes {
        guard let event = layout.event(nearestTo: change.value),
          let tick = grid.nearest(change.tick)
        else { continue }
        moves[event.controller.rank].append((tick, event))
      }
      let counts = curves.tracks.reduce(into: [UInt8: Int]()) { counts, track in
        counts.merge(trackCounts[track]) { $0 + $1 }
      }
      for (program, count) in counts {
        for rank in 0..<Controller.count
        where !moves[rank].isEmpty && count > noteCounts[Int(program)][rank] {
          noteCounts[Int(program)][rank] = count
          leading[Int(program)][rank] = moves[rank]
        }
      }
    }
    return leading
  }
}

/// The movements of one program's controllers, in the form that tokens can tell.
private struct ControllerLine {
  typealias Move = (tick: Int, event: ControllerEvent)

  private(set) var moves: [Move] = []
  /// Where the controllers are told to stand.
  private var told: [Int]
  private let pedal = Controller.pedal.rank

  init(
    _ curves: [[Move]], of notes: [PlayedNote], layout: ControllerLayout, grid: ControllerGrid
  ) {
    told = Controller.allCases.map(layout.rest(of:))
    var wanted = told
    var next = curves.map { _ in 0 }
    var note = 0
    /// Until when the notes sound that have been struck.
    var end = 0
    /// When a pedal is pressed again that was lifted for a moment.
    var again: Int?
    while true {
      var tick = min(again ?? .max, note < notes.count ? notes[note].onset : .max)
      for (rank, curve) in curves.enumerated() where next[rank] < curve.count {
        tick = min(tick, curve[next[rank]].tick)
      }
      if tick == .max { return }
      var isLifted = false
      for (rank, curve) in curves.enumerated() {
        while next[rank] < curve.count, curve[next[rank]].tick == tick {
          wanted[rank] = curve[next[rank]].event.position
          if rank == pedal, wanted[rank] == 0 { isLifted = true }
          next[rank] += 1
        }
      }
      while note < notes.count, notes[note].onset == tick {
        end = max(end, notes[note].end)
        note += 1
      }
      again = nil
      if isPedalDown {
        if isLifted || wanted[pedal] == 0 {
          move(.pedal, to: 0, at: tick)
          if wanted[pedal] > 0 { again = grid.following(tick + 1) }
        }
      } else if wanted[pedal] > 0, end > tick {
        move(.pedal, to: 1, at: tick)
      }
      guard isPedalDown || end > tick else { continue }
      for controller in [Controller.expression, .bend]
      where wanted[controller.rank] != told[controller.rank] {
        move(controller, to: wanted[controller.rank], at: tick)
      }
    }
  }

  /// Whether the pedal is told to be down.
  var isPedalDown: Bool { told[pedal] > 0 }

  private mutating func move(_ controller: Controller, to position: Int, at tick: Int) {
    told[controller.rank] = position
    moves.append((tick, ControllerEvent(controller: controller, position: position)))
  }
}
