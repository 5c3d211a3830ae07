import Foundation
import MuseGen
import Synchronization
import TestSupport
import Testing

extension LiveSoundTests {
  /// What keys and signals do to `musegen play` on a terminal.
  @Suite(
    .enabled(if: TerminalSession.isAvailable, "util-linux's script is not installed"),
    .enabled(if: (try? SoundFont.discover()) != nil, "no SoundFont is installed"))
  struct PlayerKeyTests {
    private func outcome(_ scene: PlayerScene) throws -> PlayerScene.Outcome {
      try #require(PlayerScene.outcomes[scene]).get()
    }

    @Test func `space holds the music and lets it go on`() throws {
      let scene = try outcome(.space)
      #expect(scene.session.code == 0)
      #expect(scene.session.isRestored)
      #expect(scene.session.output.contains("▀") && scene.session.output.contains("♩ = 120"))
      // Held for a while in the middle, and not at the end.
      let held = scene.session.screens.map { $0.contains("‖") }
      #expect(held.count(where: \.self) > 10)
      #expect(held.first == false && held.last == false)
      #expect(scene.longestSilence > 1)
    }

    @Test func `arrows go to another place in a file, each key as far, and s saves up to there`()
      throws
    {
      let scene = try outcome(.arrows)
      #expect(scene.session.code == 0)
      #expect(scene.session.isRestored)
      #expect(scene.session.output.contains("saved piece-played.mid"))
      #expect(scene.session.output.contains("saved piece-played-2.mid"))
      let scores = [try scene.saved("piece-played.mid"), try scene.saved("piece-played-2.mid")]
      let seconds = scores.map { $0.tempoMap.seconds(atTick: $0.endTick) }
      // A second or two of playing and ten of seeking, on a machine that may be busy.
      #expect((10.0..<18).contains(seconds[0]))
      #expect(scores[0].tracks.flatMap(\.notes).count == Int(seconds[0] * 2 - 1e-6) + 1)
      #expect(seconds[1] < seconds[0] - 2)
      let steps = zip(scene.positions, scene.positions.dropFirst()).map { $1 - $0 }
      #expect(steps.contains { $0 >= 9 } && steps.contains { $0 <= -4 })
    }

    @Test func `Ctrl-Z gives the terminal to the shell, and the music goes on with its job`() throws
    {
      let scene = try outcome(.suspend)
      #expect(scene.session.code == 0)
      #expect(scene.session.isRestored)
      let parts = scene.session.output.split(separator: "the shell")
      #expect(parts.count == 2)
      // The other screen is left before the shell speaks, taken again, and left at the end.
      for part in parts {
        #expect(part.contains("\u{1B}[?1049h") && part.contains("\u{1B}[?1049l"))
      }
      #expect(parts.last?.contains("▶") == true)
      #expect(scene.longestSilence > 0.8)
    }

    @Test func `Ctrl-S stops neither the picture nor the keys`() throws {
      let scene = try outcome(.stop)
      #expect(scene.session.code == 0)
      #expect(scene.session.isRestored)
      #expect((scene.positions.last ?? 0) >= 2)
    }

    @Test func `m silences the music, which goes on, and lets it be heard again`() throws {
      let scene = try outcome(.mute)
      #expect(scene.session.code == 0)
      let muted = scene.session.screens.map { $0.contains("muted") }
      #expect(muted.count(where: \.self) > 10)
      #expect(muted.first == false && muted.last == false)
      #expect(scene.longestSilence > 1)
      // Unlike in a pause the piece has moved on.
      #expect((scene.positions.last ?? 0) >= 2)
    }

    @Test func `keys change pitch, tempo and volume, and what is saved is what was heard`() throws {
      let scene = try outcome(.changes)
      #expect(scene.session.code == 0)
      let screens = scene.session.screens
      for status in ["+2 semitones", "♩ = 132 (110 %)", "volume 80 %"] {
        #expect(screens.contains { $0.contains(status) }, "\(status)")
      }
      #expect(scene.session.output.contains("density is for music that a model writes"))
      // The page of keys stands in the place of the notes until it is asked for again.
      let pages = screens.map { $0.contains("a semitone up and down") }
      #expect(pages.contains(true) && pages.last == false)
      // As it was: 120 a minute, and nothing said of what is not changed.
      let last = try #require(screens.last { $0.contains("▶") })
      #expect(last.contains("♩ = 120"))
      #expect(!["%", "semitone", "volume"].contains { last.contains($0) })

      let saved = try scene.saved("piece-played.mid")
      let written = PlayerScene.piece.tracks[0].notes.prefix(saved.tracks[0].notes.count)
      let notes = saved.tracks[0].notes
      #expect(notes.map(\.onset) == written.map(\.onset))
      let moved = zip(notes, written).map { Int($0.pitch) - Int($1.pitch) }
      #expect(Set(moved) == [0, 2] && moved == moved.sorted() && moved.count { $0 == 0 } > 1)
      #expect(saved.tempos.map(\.microsecondsPerQuarter) == [454_545])
      // Half a second after the notes were moved.
      let moves = notes[moved.firstIndex(of: 2) ?? 0].onset
      #expect((saved.tempos.first?.tick ?? 0) > moves)
    }

    @Test func `q fades out and quits`() throws {
      let scene = try outcome(.quit)
      #expect(scene.session.code == 0)
      #expect(scene.session.isRestored)
      let whole = try Performance(PlayerScene.piece).samples(soundFont: SoundFont.discover())
      let heard = scene.heard
      try #require(heard.count < whole.count && heard.count > 2 * 44_100)
      // How loud a fifth of a second before the end is beside the same place without a fade.
      func loudness(_ secondsBeforeEnd: Double) -> Float {
        let end = heard.count - Int(secondsBeforeEnd * 44_100) * 2
        let range = max(0, end - 8_820)..<end
        func power(_ samples: [Float]) -> Float { samples[range].reduce(0) { $0 + $1 * $1 } }
        return (power(heard) / power(whole)).squareRoot()
      }
      #expect(loudness(0.9) > 0.99)
      #expect((0.3..<0.7).contains(loudness(0.35)))
      #expect(loudness(0) < 0.2)
    }

    @Test func `arrows change the temperature of new music, and r goes on with another seed`()
      throws
    {
      let scene = try outcome(.newMusic)
      #expect(scene.session.code == 0)
      #expect(scene.session.isRestored)
      let temperatures = scene.session.screens.compactMap { screen in
        screen.firstMatch(of: /temperature (\d\.\d\d)/).map { String($0.1) }
      }
      let changes = temperatures.enumerated().filter { $0 == 0 || temperatures[$0 - 1] != $1 }
      #expect(changes.map(\.element).first == "1.00")
      #expect(changes.map(\.element).suffix(2) == ["1.10", "1.05"])
      #expect(scene.session.output.contains(/density \d+\.\d/))
      let seeds = Set(scene.session.output.matches(of: /new music, seed (\d+)/).map { $0.1 })
      #expect(seeds.count == 2 && seeds.contains("7"))
      let saved = try scene.saved("musegen-7.mid")
      #expect(!saved.tracks.isEmpty && saved.tracks.allSatisfy { !$0.notes.isEmpty })
      // Both pieces are named where they begin.
      let credits = saved.texts.map(\.text)
      #expect(credits.count == 2)
      #expect(credits.first == "musegen, model of a piece, seed 7")
      #expect(seeds.contains { credits.last?.hasSuffix(", seed \($0)") == true && $0 != "7" })
      #expect((saved.texts.last?.tick ?? 0) > 960)
    }

    @Test func `music goes on for ever, and a tempo is shown until there is another`() throws {
      let scene = try outcome(.endlessMusic)
      #expect(scene.session.code == 0)
      #expect(Set(scene.session.output.matches(of: /new music, seed (\d+)/).map { $0.1 }).count > 1)
      let screens = scene.session.screens.drop { !$0.contains("♩ = ") }.filter { $0.contains("▶") }
      #expect(screens.count > 30)
      #expect(screens.allSatisfy { $0.contains("♩ = ") })
    }

    @Test func `Ctrl-C ends with its exit code and the terminal as it was`() throws {
      let scene = try outcome(.interrupt)
      #expect(scene.session.code == 130)
      #expect(scene.session.isRestored)
    }

    @Test func `a terminal that is closed ends the music, but not under nohup`() throws {
      #expect(try outcome(.hangUp).session.code == 129)
      let scene = try outcome(.ignoredHangUp)
      #expect(scene.session.code == 0)
      // The last five seconds and the fade of the last note.
      #expect(scene.heard.count > 2 * 44_100 * 3)
    }

    @Test func `ended by any signal at any moment it leaves no stuck terminal`() throws {
      let numbers =
        ["HUP": 1, "INT": 2, "ABRT": 6, "KILL": 9, "SEGV": 11, "TERM": 15] as [_: Int32]
      // At moments while it loads, while it takes the terminal, and while it plays.
      let ends = numbers.keys.sorted().enumerated().flatMap { index, signal in
        [(signal, 0.1 + 0.05 * Double(index)), (signal, 0.8 + 0.1 * Double(index))]
      }
      // By the wall's clock: a faster device would be through with the piece before the last moments.
      let device = try ScriptedDevice { $0.speed = 1 }
      // Side by side, for they mostly wait.
      let sessions = Mutex<[(signal: String, session: TerminalSession?)]>([])
      let threads = ends.map { [device] signal, seconds in
        Thread {
          // Swift's own report of a crash would wait for a key.
          let line = """
            timeout --foreground --preserve-status -s \(signal) \(seconds) \
            env SWIFT_BACKTRACE=enable=no \(PlayerScene.playPiece)
            """
          let session = try? Command().session(line, environment: device.environment)
          sessions.withLock { $0.append((signal, session)) }
        }
      }
      for thread in threads { thread.start() }
      while threads.contains(where: { !$0.isFinished }) { usleep(20_000) }
      for (signal, session) in sessions.withLock({ $0 }) {
        let session = try #require(session)
        // Asked to end it does so by itself, once it listens.
        let isAsked = ["TERM", "HUP", "INT"].contains(signal)
        let number = try #require(numbers[signal])
        #expect(
          session.code == 128 + number || isAsked && session.code == 130,
          "\(signal): \(session.code)"
        )
        #expect(session.isRestored, "\(signal)")
        // The screen and the cursor are given back where they were taken.
        let shown = session.output
        #expect(shown.contains("\u{1B}[?1049h") == shown.contains("\u{1B}[?1049l"), "\(signal)")
        #expect(shown.contains("\u{1B}[?25l") == shown.contains("\u{1B}[?25h"), "\(signal)")
      }
    }
  }
}

extension Command {
  /// A session of a command beside a piece.
  fileprivate func session(
    _ line: String, environment: [String: String]
  ) throws -> TerminalSession {
    try write(PlayerScene.piece.midiFile().bytes(), to: "piece.mid")
    return try TerminalSession(line, in: self, environment: environment)
  }
}
