/// Where the controllers of each program stand while a piece is written, and which of them may move.
///
/// They move behind the notes of their time, by program, then pedal, expression and bend, each once at most and to
/// another position. A program has controllers from its first note on; its wheels move while a note of it sounds or
/// its pedal is down, and the pedal goes down while a note sounds.
struct ControllerStates: Sendable {
  private let layout: ControllerLayout
  /// The programs that have been struck, rising.
  private var programs: [Int] = []
  /// The positions by program · 3 + rank.
  private var positions: [Int]
  /// What was moved last at the present time, as program · 3 + rank; -1 for nothing.
  private var last = -1
  /// How many pedals are down.
  private var pedalsDown = 0

  init(_ layout: ControllerLayout) {
    self.layout = layout
    let rests = Controller.allCases.map(layout.rest(of:))
    positions = layout.isEmpty ? [] : (0..<129 * Controller.count).map { rests[$0 % rests.count] }
  }

  /// Whether no controller is told of.
  var isEmpty: Bool { positions.isEmpty }
  /// Whether something was moved at the present time, so that no note can be struck at it any more.
  var hasMoved: Bool { last >= 0 }
  /// Whether all pedals are up, as they are where a piece ends.
  var areLifted: Bool { pedalsDown == 0 }

  /// Takes note that a program is struck.
  mutating func strike(_ program: Int) {
    guard !isEmpty else { return }
    let place = programs.firstIndex { $0 >= program } ?? programs.count
    if place == programs.count || programs[place] != program {
      programs.insert(program, at: place)
    }
  }

  /// Goes on to another time.
  mutating func passTime() { last = -1 }

  /// Lifts all pedals, as at the end of a section.
  mutating func liftPedals() {
    guard pedalsDown > 0 else { return }
    for program in programs { positions[program * Controller.count + Controller.pedal.rank] = 0 }
    pedalsDown = 0
  }

  /// Moves a controller of a program.
  mutating func move(_ program: Int, _ event: ControllerEvent) {
    let key = program * Controller.count + event.controller.rank
    last = max(last, key)
    if event.controller == .pedal { pedalsDown += event.position - positions[key] }
    positions[key] = event.position
  }

  /// The programs of which a controller may move, besides one of them.
  func movable(besides other: Int, sounds: (Int) -> Bool) -> [Int] {
    programs.filter { program in
      program != other
        && Controller.allCases.contains { mayMove($0, of: program, sounds: sounds(program)) }
    }
  }

  /// Adds the tokens that move a controller of a program.
  func insertMoves(of program: Int, sounds: Bool, into mask: inout TokenMask) {
    guard programs.contains(program) else { return }
    for controller in Controller.allCases
    where mayMove(controller, of: program, sounds: sounds) {
      let present = ControllerEvent(
        controller: controller, position: positions[program * Controller.count + controller.rank])
      mask.insert(layout.tokens(of: controller))
      mask[layout.token(present)] = false
    }
  }

  private func mayMove(_ controller: Controller, of program: Int, sounds: Bool) -> Bool {
    let key = program * Controller.count + controller.rank
    guard key > last, !layout.tokens(of: controller).isEmpty else { return false }
    return sounds || positions[program * Controller.count + Controller.pedal.rank] > 0
  }
}
