import Foundation
import MuseGen
import TestSupport
import Testing

/// Signals before there is anything to keep, and after.
struct InterruptionTests {
  let command: Command

  init() throws {
    command = try Command()
    let notes = (0..<200).map {
      Note(onset: $0 * 240, duration: 240, pitch: UInt8(48 + $0 % 24), velocity: 80)
    }
    let score = Score(tracks: [Track(notes: notes)], endTick: 200 * 240)
    for name in ["a", "b"] { try command.write(score.midiFile().bytes(), to: "songs/\(name).mid") }
    for name in ["pipe.mid", "pipe.safetensors"] {
      #expect(unsafe mkfifo(command.folder.path + "/" + name, 0o600) == 0)
    }
  }

  // 128 and the signal's number, as a shell tells of a process that a signal has ended.
  @Test(
    arguments: [
      "info pipe.mid", "tokens pipe.mid", "train pipe.mid", "train songs --valid pipe.mid",
      "generate -m pipe.safetensors", "harmonize pipe.mid", "vary pipe.mid", "play pipe.mid",
      "copied pipe.mid songs", "compare pipe.mid songs", "eval -m pipe.safetensors songs",
      "corpus add pipe.mid", "convert pipe.safetensors -o c.safetensors", "render pipe.mid",
      "train songs --config pipe.mid", "tokens --decode pipe.mid -o d.mid",
    ])
  func `a command that waits for its input leaves at once and leaves nothing`(line: String) throws {
    let before = try command.files
    let arguments = line.split(separator: " ").map(String.init)
    let environment = [
      "XDG_DATA_HOME": command.folder.path + "/data",
      "MUSEGEN_CORPORA": command.folder.path + "/corpora",
    ]
    for signal in [SIGTERM, SIGINT, SIGHUP] {
      let clock = ContinuousClock.now
      let outcome = try command.run(
        arguments, environment: environment, interruptedAfter: 0.6, by: signal)
      // Where the command knows better than to wait for a pipe, it has said so.
      if (1..<128).contains(outcome.code), !outcome.errors.isEmpty { continue }
      #expect(outcome.code == 128 + signal, "\(line)")
      #expect(outcome.errors.isEmpty, "\(line)")
      #expect(ContinuousClock.now - clock < .seconds(10), "\(line)")
    }
    #expect(try command.files.filter { $0 != "corpora" && $0 != "data" } == before, "\(line)")
  }

  @Test(arguments: [
    "generate -m folk --length 6s", "accompany \"C5 D5 E5/2 G5 F5 E5/2\" -m song",
  ])
  func `of many pieces those that are done are kept and the others are named by their seeds`(
    line: String
  ) throws {
    // More than are written side by side, so that many are not begun when the first is there.
    let outcome = try command.shell(
      "\"$M\" \(line) -n 100 --seed 1 -o x.mid & p=$!; "
        + "for i in {1..4500}; do ls x-*.mid >list 2>&1 && break; sleep 0.02; done; "
        + "kill -TERM $p; wait $p")
    #expect(outcome.code == 143, "\(outcome.errors)")
    let told = try #require(
      outcome.errors.split(separator: "not written are the pieces of --seed ").last)
    let unwritten = Set(
      told.split(whereSeparator: \.isNewline)[0].split(separator: ", ").flatMap { range in
        let ends = range.split(separator: " to ").compactMap { Int($0) }
        return ends.isEmpty ? [] : Array(ends[0]...ends[ends.count - 1])
      })
    let files = try command.files.filter { $0.hasPrefix("x-") }
    let written = Set(files.compactMap { Int($0.dropFirst(2).prefix(3)) })
    #expect(!written.isEmpty && !unwritten.isEmpty, "\(outcome.errors)")
    #expect(written.union(unwritten) == Set(1...100))
    // The signal may come when a file is there and its line is not yet told.
    #expect(written.intersection(unwritten).count <= 1, "\(outcome.errors)")
    for file in files { #expect(try Score(path: command.folder.path + "/\(file)").endTick > 0) }
  }

  @Test func `training that has not done a step leaves neither a run nor a model`() throws {
    let before = try command.files
    let outcome = try command.run(
      [
        "train", "songs", "--hidden", "1200", "--layers", "2", "--batch", "64", "--window", "512",
        "--run", "deep/er/run",
      ], interruptedAfter: 2.5, by: SIGTERM)
    #expect(outcome.code == 143, "\(outcome.errors)")
    #expect(try command.files == before)
  }

  @Test func `training that is left at once says what is there and how to go on`() throws {
    // A step of these takes long enough to be interrupted.
    func stopped(_ size: String, behind file: String, by kills: String) throws -> Command.Outcome {
      try command.shell(
        "$M train songs --layers 2 --batch 64 \(size) --run run & p=$!; "
          + "for i in {1..4500}; do [ -e run/\(file) ] && break; sleep 0.02; done; sleep 0.3; "
          + "\(kills); wait $p")
    }
    let before = try stopped(
      "--hidden 1200 --window 512", behind: "description.json", by: "kill -INT $p")
    #expect(before.code == 130)
    #expect(
      before.errors.contains(
        "musegen: stopped before the first step: nothing is trained, and the same command begins anew\n"
      ), "\(before.errors)")
    let after = try stopped(
      "--hidden 300 --window 256", behind: "checkpoint-000000001.safetensors",
      by: "kill -INT $p; sleep 0.3; kill -INT $p")
    #expect(after.code == 130)
    #expect(
      (after.output + after.errors).contains("go on with: musegen train --resume run"),
      "\(after.errors)")
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `training that has done a step keeps what it has learned`(signal: Int32) throws {
    let outcome = try command.run(
      [
        "train", "songs", "--hidden", "4", "--layers", "1", "--batch", "1", "--window", "8",
        "--steps", "10000000", "--run", "run", "-o", "m.safetensors",
      ], interruptedAfter: 2.5, by: signal)
    #expect(outcome.code == 128 + signal, "\(outcome.errors)")
    #expect(outcome.output.contains("go on with: musegen train --resume run"))
    #expect(try Model(path: command.folder.path + "/m.safetensors").provenance.steps ?? 0 > 0)
  }

  @Test func `training keeps what it has learned also where a sample is being played`() throws {
    // Nearly all the time goes to samples.
    let outcome = try command.shell(
      "$M train songs --hidden 4 --layers 1 --batch 1 --window 8 --steps 10000000 --run run "
        + "-o m.safetensors --sample-every 1 --tensorboard & p=$!; "
        + "for i in {1..4500}; do [ -e run/checkpoint-000000001.safetensors ] && break; sleep 0.02; done; "
        + "sleep 0.3; kill -INT $p; wait $p")
    #expect(outcome.code == 130, "\(outcome.errors)")
    #expect(outcome.output.contains("go on with: musegen train --resume run"), "\(outcome.output)")
    #expect(try Model(path: command.folder.path + "/m.safetensors").provenance.steps ?? 0 > 0)
  }

  @Test func `a run that has measured nothing yet does not say that nothing is held out`() throws {
    var random = SeededGenerator(seed: 3)
    let notes = (0..<400).map {
      Note(onset: $0 * 240, duration: 240, pitch: .random(in: 40...90, using: &random))
    }
    let other = Score(tracks: [Track(notes: notes)], endTick: 400 * 240)
    try command.write(other.midiFile().bytes(), to: "other.mid")
    let outcome = try command.shell(
      """
      "$M" train songs --valid other.mid --hidden 300 --layers 2 --batch 1 --window 4 --run run >log 2>&1 &
      # What is learned is kept from the first checkpoint on, which comes before the second step.
      for i in {1..1200}; do [ "$(wc -l <run/metrics.jsonl)" -ge 2 ] && break; sleep 0.05; done 2>/dev/null
      kill -TERM $!; wait $!; cat log
      """)
    #expect(outcome.output.contains("1 held out"), "\(outcome.output)")
    #expect(outcome.output.contains(": not measured yet; "), "\(outcome.output)")
  }

  @Test func `a collection that a signal finds half written leaves nothing behind`() throws {
    let outcome = try command.shell(
      """
      export XDG_DATA_HOME=$PWD/data
      for i in {1..60}; do cp songs/a.mid songs/c$i.mid; done
      for i in {1..40}; do
        "$M" corpus add songs --name x >log 2>&1 & sleep 0.0$((i % 9 + 1)); kill -TERM $!; wait $!
        rm -rf data/musegen/corpora/x
      done
      ls -A data/musegen/corpora
      """)
    #expect(outcome.output.isEmpty, "\(outcome.output)")
  }

  @Test func `a large collection that is being read keeps what was read, and says so`() throws {
    let notes = (0..<20_000).map {
      Note(onset: $0 * 120, duration: 120, pitch: UInt8(40 + $0 * 7 % 40), velocity: 80)
    }
    let long = Score(tracks: [Track(notes: notes)], endTick: 20_000 * 120)
    try command.write(long.midiFile().bytes(), to: "many/0.mid")
    let outcome = try command.shell(
      """
      export XDG_CACHE_HOME=$PWD/cache
      for i in {1..1999}; do ln many/0.mid many/$i.mid; done
      "$M" tokens many >log 2>&1 &
      for i in {1..600}; do ls cache/musegen/volumes/*/lock >/dev/null 2>&1 && break; sleep 0.05; done
      sleep 0.5; kill -INT $!; wait $!; code=$?
      cat log; ls cache/musegen/volumes/* | grep -c '[.]volume$'; exit $code
      """)
    #expect(outcome.code == 130, "\(outcome.output)")
    let lines = outcome.output.split(separator: "\n")
    try #require(lines.count == 2, "\(outcome.output)")
    #expect(
      lines[0].contains(
        #/^musegen: reading was stopped after [\d,]+ of 2,000 files; these are kept, and the same command goes /#
      ), "\(lines[0])")
    #expect(lines[1] != "0")
  }

  @Test func `a studio that is closed while it writes ends as it was asked to`() throws {
    let pitches: [UInt8] = [67, 69, 71, 72, 74, 72, 71, 69]
    let notes = (0..<4_000).map {
      Note(onset: $0 * 240, duration: 240, pitch: pitches[$0 % 8], velocity: 80)
    }
    let melody = Score(tracks: [Track(notes: notes)], endTick: 4_000 * 240)
    try command.write(melody.midiFile().bytes(), to: "melody.mid")
    // Several times: whatever is freed too early is not always missed.
    let outcome = try command.shell(
      #"""
      # A method, what is asked, and a file that is sent with it.
      ask() {
        exec 3<>/dev/tcp/127.0.0.1/$port
        printf '%s /api/v1/%s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\nContent-Length: %s\r\n\r\n' \
          $1 "$2" $port $(wc -c <$3) >&3
        cat $3 >&3
        cat <&3
        exec 3>&-
      }
      : >nothing
      for time in 1 2 3 4 5; do
        : >log
        XDG_DATA_HOME=$PWD/data$time "$M" studio --port 0 --no-open >log & p=$!
        for i in {1..1200}; do grep -q '^The studio is at' log && break; sleep 0.05; done
        port=$(grep -o ':[0-9][0-9]*/' log | tr -d ':/')
        id=$(ask POST "imports?name=a.mid" melody.mid | grep -o '"id":"[0-9a-f]*"' | cut -d'"' -f4)
        for seed in 1 2; do
          echo "{\"order\":{\"kind\":\"harmony\",\"model\":\"chorales\",\"source\":\"$id\",\"seed\":$seed}}" >order
          ask POST pieces order >answer
        done
        for i in {1..200}; do
          [ $(ask GET pieces nothing | grep -o '"stage":"writing"' | wc -l) = 2 ] && break; sleep 0.05
        done
        sleep 0.5
        ask GET pieces nothing | grep -o '"stage":"writing"' | uniq
        kill -TERM $p; wait $p; echo $?
      done
      """#)
    let expected = [String](repeating: "\"stage\":\"writing\"\n143\n", count: 5).joined()
    #expect(outcome.output == expected, "\(outcome.errors)")
  }

  @Test func `a terminal that is closed while a command is loaded ends it`() throws {
    // A library that comes with an MPI takes the signal for itself as it is loaded, some 25 ms from the start.
    let outcome = try command.shell(
      """
      for ms in {10..40..2}; do
        timeout --foreground --preserve-status -k 20 -s HUP 0.0$ms "$M" info pipe.mid
        echo $?
      done 2>&1 | sort -u
      """)
    #expect(outcome.output == "129\n", "\(outcome.errors)")
  }

  @Test func `a second signal leaves at once`() throws {
    let outcome = try command.shell(
      """
      "$M" train songs --hidden 700 --layers 2 --batch 64 --window 256 --run run -o m.safetensors >log &
      for i in {1..600}; do ls run 2>/dev/null | grep -q '^checkpoint-' && break; sleep 0.1; done
      sleep 0.2; kill -TERM $!; sleep 0.2; kill -TERM $!; wait $!; code=$?
      ls -A; exit $code
      """)
    #expect(outcome.code == 143)
    #expect(!outcome.output.contains("tmp") && outcome.output.contains("run\n"))
  }
}
