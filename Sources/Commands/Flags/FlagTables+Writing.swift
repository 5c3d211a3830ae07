import FileStorage
import Improvisation
import MuseGen

// When the flags of commands that write, play and render music have an effect.

extension GenerateCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ModelOptions.flags + GenerationOptions.flags + [
      "n", "beam", "output", "overwrite", "novel", "program", "roll",
    ],
    checkedByCommand: GenerationOptions.flagsForSomeModels + [
      "strict-key", "one-key", "key-strength", "cadences", "chord-strength", "novel-corpus",
    ],
    .init(
      GenerationOptions.flagsAmongLikely + ["best-of"],
      idle: "with --temperature 0, which always takes the likeliest event"
    ) { ($0.generation.temperature?.isZero ?? false) && $0.generation.then.isEmpty },
    .init("repetition-window", idle: "without --repetition-penalty") {
      $0.generation.repetitionPenalty == 1
    },
    .init("primer-length", "without-primer", "adapt", idle: "without --primer") {
      $0.generation.primer == nil
    },
    .init(GenerationOptions.adaptationFlags, idle: "without --adapt") { !$0.generation.adapt },
    .init("section-bars", idle: "without --form") { $0.generation.form == nil },
    .init("one-key", idle: "with --form, whose sections are in one in any case") {
      $0.generation.form != nil
    },
    .init(SoundOptions.soundFlags, idle: SoundOptions.withoutSoundFile) {
      !PieceWriter.needsSound($0.output)
    })
}

extension HarmonizeCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ModelOptions.flags + FillingOptions.flags + [
      "voice", "track", "transpose", "particles", "range", "program",
    ],
    .init(SoundOptions.soundFlags, idle: SoundOptions.withoutSoundFile) {
      !PieceWriter.needsSound($0.filling.output)
    })
}

extension AccompanyCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ModelOptions.flags + FillingOptions.flags + [
      "part", "top-k", "top-p", "min-p", "typical", "range", "polyphony", "longest-note",
      "program", "chords",
    ],
    checkedByCommand: ["chord-strength", "style", "guidance"],
    .init(SoundOptions.soundFlags, idle: SoundOptions.withoutSoundFile) {
      !PieceWriter.needsSound($0.filling.output)
    })
}

extension VaryCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ModelOptions.flags + FillingOptions.flags + [
      "strength", "bars", "track", "candidates", "range", "program",
    ],
    .init(SoundOptions.soundFlags, idle: SoundOptions.withoutSoundFile) {
      !PieceWriter.needsSound($0.filling.output)
    })
}

extension EditCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: [
      "trim", "quantise", "swing", "transpose", "tempo", "program", "split", "output", "overwrite",
    ],
    .init("swing-ratio", "swing-unit", idle: "without --swing") { !$0.swing })
}

extension PlayCommand: FlagChecking {
  // Unlike in generate, keys change the temperature: what filters events may have an effect later.
  package static let flagTable = FlagTable<Self>(
    always: ["port", "program"],
    checkedByCommand: ["forever", "output"],
    .init(
      ModelOptions.flags + GenerationOptions.flags + GenerationOptions.flagsForSomeModels
        + GenerationOptions.adaptationFlags
        + ["adapt", "strict-key", "one-key", "key-strength", "cadences", "chord-strength"]
        + GenerationOptions.flagsAmongLikely,
      idle: "on a file, which is played as it is"
    ) { !$0.files.isEmpty },
    .init("repetition-window", idle: "without --repetition-penalty") {
      $0.generation.repetitionPenalty == 1
    },
    .init("primer-length", "adapt", idle: "without --primer") { $0.generation.primer == nil },
    .init(GenerationOptions.adaptationFlags, idle: "without --adapt") { !$0.generation.adapt },
    .init("section-bars", idle: "without --form") { $0.generation.form == nil },
    .init("one-key", idle: "with --form, whose sections are in one in any case") {
      $0.generation.form != nil
    },
    .init(SoundOptions.soundFlags, idle: "with --port, behind which another synthesizer plays") {
      $0.place.port != nil && !PieceWriter.needsSound($0.output.map { [$0] } ?? [])
    },
    .init("device", "latency", idle: "with --port") { $0.place.port != nil },
    .init("overwrite", idle: "without --output") { $0.output == nil })
}

extension JamCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ["recover", "output", "overwrite"],
    .init(flagsToPlay, idle: "with --recover, which plays nothing") { $0.recover != nil },
    .init("silence", idle: "with a --cue that is no silence") { $0.playing.cue.cue != nil },
    .init("cue", "silence", idle: "in a duet and an accompaniment, in which both play at once") {
      [.duet, .accompany].contains($0.playing.mode)
    },
    .init("primer", idle: "in an accompaniment, which goes by what you play") {
      $0.playing.mode == .accompany
    },
    .init("answer-bars", idle: "without --mode answer, which alone has an end") {
      $0.playing.mode != .answer
    },
    .init("send-clock", idle: "without --out or --jack, where others hear it") {
      $0.out == nil && !$0.jack
    },
    .init("device", idle: "with --jack, whose server has the device") { $0.jack },
    .init("sample-rate", idle: "with --jack, whose server has the rate") { $0.jack },
    .init(["adapt-minutes"] + AdaptationOptions.flags, idle: "without --adapt") {
      $0.adapt == nil
    },
    .init("device", idle: "with --out") { $0.out != nil },
    .init("latency", idle: "with --out") { $0.out != nil && !$0.jack },
    .init(SoundOptions.soundFlags, idle: "with --out, behind which another synthesizer plays") {
      $0.out != nil
    })
}

extension FavouritesPlayCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ["port", "program"],
    .init(SoundOptions.soundFlags, idle: "with --port, behind which another synthesizer plays") {
      $0.place.port != nil
    },
    .init("device", "latency", idle: "with --port") { $0.place.port != nil })
}

extension RenderCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ["program", "output", "overwrite", "title"],
    .init(
      SoundOptions.soundFlags + ["normalize", "fade-in", "fade-out", "jobs", "samples"],
      idle: SoundOptions.withoutSoundFile
    ) { !$0.output.isEmpty && $0.output.allSatisfy(ScoreFile.isNamed) },
    .init("format", idle: "on a file that --output names: its ending chooses the format") {
      !$0.output.isEmpty
        && $0.output.allSatisfy { fileKind(at: $0) != .folder && !OutputFile.isStream($0) }
    },
    .init("samples", idle: "on .ogg, .opus and .mp3 files") {
      $0.formats.isDisjoint(with: [.wav, .flac])
    })
}

extension DevicesCommand: FlagChecking {
  package static let flagTable = FlagTable<Self>(
    always: ["silence"],
    .init("soundfont", idle: "with --silence") { $0.silence != nil })
}
