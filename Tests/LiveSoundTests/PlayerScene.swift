import Foundation
import MuseGen
import Synchronization
import TestSupport

/// `musegen play` on a pseudo-terminal of its own, with keys typed and a device that keeps what it
/// hears.
///
/// All scenes are played side by side, once, for they mostly wait.
enum PlayerScene: CaseIterable {
  case space, suspend, stop, arrows, mute, changes, keep, program, steps, files, quit, newMusic,
    endlessMusic
  case interrupt, hangUp, ignoredHangUp

  /// What came of a scene.
  struct Outcome: Sendable {
    let command: Command
    let session: TerminalSession
    /// The samples that the device was given, interleaved at 44.1 kHz.
    let heard: [Float]

    /// A file that was saved.
    func saved(_ name: String) throws -> Score {
      let data = try Data(contentsOf: command.folder.appending(path: name))
      return Score(try MIDIFile(bytes: Array(data)))
    }

    /// The seconds at which the piece was in the screens, in order.
    var positions: [Int] {
      session.screens.compactMap { screen in
        guard let clock = screen.firstMatch(of: /[▶‖] (\d+):(\d\d) \//),
          let minutes = Int(clock.1), let seconds = Int(clock.2)
        else { return nil }
        return minutes * 60 + seconds
      }
    }

    /// The longest time for which the device heard silence, in seconds.
    var longestSilence: Double {
      let loud = heard.indices.filter { heard[$0] != 0 }
      return Double(zip(loud, loud.dropFirst()).map { $1 - $0 }.max() ?? 0) / 2 / 44_100
    }
  }

  /// Twenty seconds, a note each half second.
  static let piece = Score(
    tracks: [
      Track(
        notes: (0..<40).map { index in
          Note(onset: index * 480, duration: 400, pitch: UInt8(60 + index % 12), velocity: 90)
        })
    ], endTick: 40 * 480)

  static let playPiece = "musegen play piece.mid --device \(ScriptedDevice.name)"

  /// Where a scene's favourites are, in its folder.
  static let favourites = ["MUSEGEN_FAVOURITES": "favourites"]

  private static let (left, right) = ("\u{1B}[D", "\u{1B}OC")
  private static let (up, down) = ("\u{1B}[A", "\u{1B}[B")

  private var line: String {
    switch self {
    case .keep:
      "musegen play --forever --length 9s --seed 7 --key 'D minor' --range C3-C6 --program 40 --primer piece.mid "
        + "--primer-length 2s --device \(ScriptedDevice.name) -o kept.mid"
    case .program: "\(PlayerScene.playPiece) --program violin"
    case .steps: "musegen play --length 20s --seed 7 --device \(ScriptedDevice.name)"
    case .files: "musegen play a.mid b.mid c.mid --device \(ScriptedDevice.name)"
    case .newMusic: "musegen play --length 60 --seed 7 --device \(ScriptedDevice.name)"
    case .endlessMusic: "musegen play --forever --length 2 --device \(ScriptedDevice.name)"
    // A shell with jobs, to which Ctrl-Z goes back.
    case .suspend: "bash -mc '\(PlayerScene.playPiece); echo the shell; sleep 1; fg'"
    case .ignoredHangUp: "trap '' HUP; \(PlayerScene.playPiece)"
    default: PlayerScene.playPiece
    }
  }

  /// What is typed, and how many seconds after the keys before.
  private var keys: [(after: Double, keys: String)] {
    switch self {
    case .space: [(1, " "), (1.5, " "), (0.7, "q")]
    case .suspend: [(1, "\u{1A}"), (3, "q")]
    case .stop: [(1, "\u{13}"), (1.5, "q")]
    case .arrows:
      [
        (1, PlayerScene.right + PlayerScene.right), (0.6, "s"), (0.3, PlayerScene.left),
        (0.6, "s"), (0.3, "q"),
      ]
    case .mute: [(1, "m"), (1.5, "m"), (0.8, "q")]
    case .changes:
      [
        (1.2, "tt"), (0.6, ".."), (0.6, "--d"), (0.5, "s"), (0.2, "?"), (0.4, "h"), (0.2, "tgo"),
        (0.4, "q"),
      ]
    case .keep:
      [
        (1, "k"), (0.5, "tt."), (0.3, "4"),
        (0.5, "gg," + String(repeating: PlayerScene.down, count: 14)), (1.5, "k"), (0.3, "q"),
      ]
    case .program: [(1, "k"), (0.5, "q")]
    case .steps: [(1.5, "n"), (1.5, "b"), (1.5, "n"), (1.5, "x"), (1.5, "s"), (0.3, "q")]
    case .files: [(0.8, "n"), (0.8, "b"), (0.8, "x"), (0.8, "5"), (0.5, "n"), (0.8, "nq")]
    case .quit: [(2, "q")]
    case .newMusic:
      [
        (1.5, PlayerScene.up + PlayerScene.up), (0.4, PlayerScene.down), (0.3, "d"), (0.3, "r"),
        (1.5, "s"),
        (0.5, "q"),
      ]
    case .endlessMusic: [(5, "q")]
    case .interrupt: [(1, "\u{3}")]
    case .hangUp: [(1, "m")]
    case .ignoredHangUp: [(1, String(repeating: PlayerScene.right, count: 3))]
    }
  }

  private func play() throws -> Outcome {
    let command = try Command()
    let device = try ScriptedDevice { $0.speed = 1 }
    try command.write(PlayerScene.piece.midiFile().bytes(), to: "piece.mid")
    for name in ["a", "b", "c"] where self == .files {
      try command.write(PlayerScene.piece.midiFile().bytes(), to: "\(name).mid")
    }
    if [.newMusic, .endlessMusic, .keep, .steps].contains(self) {
      _ = try command.run(
        "train", "piece.mid", "--steps", "2", "--hidden", "16", "--layers", "1", "--tokens",
        self == .endlessMusic ? "pianoroll" : "performance")
    }
    let session = try TerminalSession(
      line, in: command,
      environment: device.environment.merging(PlayerScene.favourites) { $1 }, typing: keys,
      isHungUp: self == .hangUp || self == .ignoredHangUp)
    return Outcome(command: command, session: session, heard: try device.playedFloats())
  }

  /// What came of all scenes.
  static let outcomes: [PlayerScene: Result<Outcome, any Error>] = {
    let outcomes = Mutex<[PlayerScene: Result<Outcome, any Error>]>([:])
    let threads = allCases.map { scene in
      Thread {
        let outcome = Result { try scene.play() }
        outcomes.withLock { $0[scene] = outcome }
      }
    }
    for thread in threads { thread.start() }
    while threads.contains(where: { !$0.isFinished }) { usleep(20_000) }
    return outcomes.withLock { $0 }
  }()
}
