import FileStorage
import Foundation
import MuseGen
import Safetensors
import Testing
import TestSupport

/// Models by name, through the command.
struct ModelsCommandTests {
  let command: Command
  let environment: [String: String]

  init() throws {
    command = try Command()
    environment = ["MUSEGEN_MODELS": command.folder.appending(path: "shelf").path]
    let vocabulary = PerformanceVocabulary()
    var model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 6, layerCount: 1),
        seed: 3),
      vocabulary: vocabulary)
    model.provenance.title = "six\u{1B}neurons"
    model.provenance.licence = "CC BY 4.0, A. Nonymous"
    model.provenance.validationNats = 5.25
    try command.write(model.safetensors().encoded(), to: "shelf/tiny.safetensors")
  }

  @Test func `models are listed with what is known of them`() throws {
    let text = try command.run(["models"], environment: environment)
    #expect(text.code == 0, "\(text.errors)")
    let line = try #require(text.output.split(separator: "\n").last)
    for word in ["tiny", "six neurons", "performance, 390 events", "5.250", "CC BY 4.0"] {
      #expect(line.contains(word), "\(word) in \(line)")
    }

    let json = try command.run(["models", "--json"], environment: environment)
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    let listed = try #require((object?["models"] as? [[String: Any]])?.first)
    #expect(listed["name"] as? String == "tiny")
    #expect(listed["heldOutNats"] as? Double == 5.25)
    #expect(listed["events"] as? Int == 390)
  }

  @Test func `a model is converted for others, and made of others' weights`() throws {
    func run(_ line: String) throws -> Command.Outcome {
      try command.run(line.split(separator: " ").map(String.init), environment: environment)
    }
    let graph = try run("convert tiny -o tiny.onnx")
    #expect(graph.code == 0, "\(graph.errors)")
    #expect(graph.output.hasPrefix("tiny.onnx: "))
    #expect(try run("convert -m tiny -o step.onnx --graph step").code == 0)
    let bytes = try readFile(at: command.folder.path + "/tiny.onnx")
    #expect(Data(bytes).range(of: Data("musegen.vocabulary".utf8)) != nil)
    #expect(try run("convert tiny -o tiny.onnx").code == 73)
    #expect(try run("convert tiny -m tiny -o two.onnx").code == 64)

    let unlike = try run("convert tiny -o tiny.json")
    #expect(unlike.code == 65 && unlike.errors.contains("no tokenizer like performance"))

    let network = try Network(
      NetworkConfiguration(
        vocabularySize: PerformanceVocabulary().count, embeddingSize: 4, hiddenSize: 6,
        layerCount: 1), seed: 4)
    let weights = SafetensorsFile(
      tensors: network.layout.slots.map {
        Tensor(name: $0.name, shape: $0.shape, floats: network.parameters[$0.range])
      })
    try command.write(weights.encoded(), to: "weights.safetensors")
    let alone = try run("convert weights.safetensors -o made.safetensors")
    #expect(alone.code == 65 && alone.errors.contains("no weights.json that tells"))
    for (json, told) in [
      ("{", "weights.json: "), ("{\"cell\": \"lstm\"}", "vocabulary is missing"),
      ("{\"vocabulary\": {\"type\": \"performance\"}}", "weights.json: cell is missing"),
      (
        "{\"cell\": \"gru\", \"vocabulary\": {\"type\": \"performance\"}}",
        "weights.safetensors: tensor "
      ),
      (
        "{\"cell\": \"lstm\", \"vocabulary\": {\"type\": \"remi\"}}",
        "weights.safetensors: tensor embedding.weight has shape"
      ),
    ] {
      try command.write(Array(json.utf8), to: "weights.json")
      let refused = try run("convert weights.safetensors -o made.safetensors")
      #expect(refused.code == 65 && refused.errors.contains(told), "\(refused.errors)")
      #expect(refused.errors.split(separator: "\n").count == 1)
    }
    try command.write(
      Array("{\"cell\": \"lstm\", \"vocabulary\": {\"type\": \"performance\"}}".utf8),
      to: "weights.json")
    let made = try run("convert weights.safetensors -o made.safetensors")
    #expect(made.code == 0, "\(made.errors)")
    let model = try Model(path: command.folder.path + "/made.safetensors")
    #expect(model.network.parameters == network.parameters)
  }

  @Test func `a damaged model is named, and the others are listed`() throws {
    try command.write(Array("no model".utf8), to: "shelf/broken.safetensors")
    let outcome = try command.run(["models"], environment: environment)
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("six neurons"))
    #expect(outcome.errors.split(separator: "\n").count == 1)
    #expect(outcome.errors.contains("broken.safetensors: "))
  }

  @Test func `no models is no error`() throws {
    let outcome = try command.run(["models"], environment: ["MUSEGEN_MODELS": "/nowhere"])
    #expect(outcome.code == 0)
    #expect(outcome.output.hasPrefix("no models in /nowhere\n"))
    #expect(
      outcome.errors == "musegen: $MUSEGEN_MODELS is /nowhere, expected a folder of models; "
        + "unset it for those that ship\n")
    let json = try command.run(["models", "--json"], environment: ["MUSEGEN_MODELS": "/nowhere"])
    #expect(json.output.contains("\"models\" : ["))
  }

  @Test func `a name, a path and nothing at all choose the same model`() throws {
    let common = ["generate", "--seed", "5", "--length", "3s"]
    let byName = try command.run(
      common + ["-m", "tiny", "-o", "name.mid"], environment: environment)
    #expect(byName.code == 0, "\(byName.errors)")
    #expect(byName.errors.isEmpty)
    let byPath = try command.run(
      common + ["-m", "shelf/tiny.safetensors", "-o", "path.mid"], environment: environment)
    #expect(byPath.code == 0, "\(byPath.errors)")
    let unnamed = try command.run(common + ["-o", "none.mid"], environment: environment)
    #expect(unnamed.code == 0, "\(unnamed.errors)")
    #expect(
      unnamed.errors == "musegen: no model.safetensors here: taking the model tiny; "
        + "musegen models lists others for -m\n")
    let bytes = try ["name", "path", "none"].map {
      try readFile(at: "\(command.folder.path)/\($0).mid")
    }
    #expect(bytes[0] == bytes[1])
    #expect(bytes[0] == bytes[2])
  }

  @Test func `info tells of a model by its name, unless music is called so`() throws {
    let byPath = try command.run(["info", "shelf/tiny.safetensors"], environment: environment)
    let byName = try command.run(["info", "tiny"], environment: environment)
    #expect(byName.code == 0, "\(byName.errors)")
    // The first line is the path.
    let told = [byPath, byName].map { $0.output.split(separator: "\n").dropFirst() }
    #expect(told[0].count > 2 && told[0] == told[1])
    try command.write(Array("no music".utf8), to: "tiny/notes.txt")
    let folder = try command.run(["info", "tiny"], environment: environment)
    #expect(folder.errors.hasPrefix("musegen: tiny: found no MIDI file"), "\(folder.errors)")
  }

  @Test func `a model in the working folder goes before the shipped ones`() throws {
    try command.write(Array("no model".utf8), to: "model.safetensors")
    let outcome = try command.run(["generate"], environment: environment)
    #expect(outcome.code == 65)
    #expect(outcome.errors.hasPrefix("musegen: model.safetensors: "))
  }

  @Test func `an unknown name is told with those that are known`() throws {
    let outcome = try command.run(["generate", "-m", "violin"], environment: environment)
    #expect(outcome.code == 66)
    #expect(
      outcome.errors == "musegen: violin: found neither a file nor a model of this name, "
        + "expected one of tiny\n")
  }

  @Test func `convert stores defaults, which info tells and generate takes`() throws {
    func run(_ line: String) throws -> (code: Int32, output: String, errors: String) {
      let outcome = try command.run(
        line.split(separator: " ").map(String.init), environment: environment)
      return (outcome.code, outcome.output, outcome.errors)
    }
    let stored = try run("convert -m tiny -o calm.safetensors --temperature 0 --top-p 0.5")
    #expect(stored.code == 0, "\(stored.errors)")
    #expect(
      try run("info calm.safetensors").output.contains(
        "drawn by default with --temperature 0.0 --top-p 0.5\n"))
    // At a temperature of 0 the seed does not matter.
    for (flags, isSame) in [("", true), ("--temperature 1 --top-p 1", false)] {
      for seed in 1...2 {
        let outcome = try run(
          "generate -m calm.safetensors --length 40notes --seed \(seed) -o \(seed).mid --overwrite \(flags)"
        )
        #expect(outcome.code == 0, "\(outcome.errors)")
      }
      let pieces = try (1...2).map { number in
        let bytes = try readFile(at: "\(command.folder.path)/\(number).mid")
        return Score(try MIDIFile(bytes: bytes)).tracks.map(\.notes)
      }
      #expect((pieces[0] == pieces[1]) == isSame, "\(flags)")
    }
    // What is not given stays.
    _ = try run("convert -m calm.safetensors -o bold.safetensors --temperature 1.5")
    let bold = try Model(path: command.folder.path + "/bold.safetensors").provenance.suggestions
    #expect(bold?.temperature == 1.5 && bold?.topP == 0.5)
  }

  @Test func `limits that a file suggests hold until a flag takes them back`() throws {
    func run(_ line: String) throws -> (code: Int32, output: String, errors: String) {
      let outcome = try command.run(
        line.split(separator: " ").map(String.init), environment: environment)
      return (outcome.code, outcome.output, outcome.errors)
    }
    let stored = try run("convert -m tiny -o thin.safetensors --polyphony 2 --longest-note 0.5s")
    #expect(stored.code == 0, "\(stored.errors)")
    #expect(
      try run("info thin.safetensors").output.contains(
        "drawn by default with --polyphony 2 --longest-note 0.5s\n"))
    let json = try run("info thin.safetensors --json").output.filter { !$0.isWhitespace }
    #expect(json.contains(#""polyphony":2"#) && json.contains(#""longestNoteSeconds":0.5"#))
    for (flags, isThin, isShort) in [
      ("", true, true), ("--polyphony 0", false, true), ("--longest-note 0", true, false),
      ("--polyphony 200 --longest-note 2h", false, false),
    ] {
      let outcome = try run(
        "generate -m thin.safetensors --length 200notes --seed 1 -o x.mid --overwrite \(flags)")
      #expect(outcome.code == 0, "\(outcome.errors)")
      let piece = Score(
        try MIDIFile(bytes: try readFile(at: "\(command.folder.path)/x.mid")))
      let clock = piece.tempoMap
      let longest = piece.tracks.flatMap(\.notes).map {
        clock.seconds(atTick: $0.end) - clock.seconds(atTick: $0.onset)
      }.max()
      #expect((piece.highestPolyphony <= 2) == isThin, "\(flags)")
      #expect(((longest ?? 0) <= 0.5 + 1e-6) == isShort, "\(flags)")
    }
    // A later file may suggest none.
    _ = try run("convert -m thin.safetensors -o full.safetensors --polyphony 0")
    let full = try Model(path: command.folder.path + "/full.safetensors").provenance.suggestions
    #expect(full?.polyphony == 0 && full?.longestNoteSeconds == 0.5)
  }

  @Test func `defaults that cannot be are refused, also in a file`() throws {
    for (flags, fault) in [
      ("--temperature -1", "--temperature is -1.0, expected 0 or more"),
      ("--guidance 2", "--guidance is 2.0, expected 1 as it knows no conditions"),
      ("--repeats 2", "--repeats is 2.0, expected 1 as it recalls nothing"),
      ("--polyphony 1001", "--polyphony is 1001, expected 0 to 1000"),
    ] {
      let outcome = try command.run(
        ["convert", "-m", "tiny", "-o", "x.safetensors"]
          + flags.split(separator: " ").map(String.init), environment: environment)
      #expect(outcome.code == 64 && outcome.errors.contains(fault), "\(outcome.errors)")
    }
    var model = try Model(path: command.folder.path + "/shelf/tiny.safetensors")
    model.provenance.suggestions = Suggestions()
    model.provenance.suggestions?.topP = 7
    try model.write(to: command.folder.path + "/wild.safetensors")
    let outcome = try command.run(
      ["generate", "-m", "wild.safetensors"], environment: environment)
    #expect(outcome.code == 65)
    #expect(
      outcome.errors.contains(
        "wild.safetensors: the suggested topP is 7.0, expected more than 0 and at most 1"),
      "\(outcome.errors)")
    model.provenance.suggestions = Suggestions()
    model.provenance.suggestions?.polyphony = -1
    try model.write(to: command.folder.path + "/crowd.safetensors")
    let crowd = try command.run(["generate", "-m", "crowd.safetensors"], environment: environment)
    #expect(crowd.code == 65)
    #expect(
      crowd.errors.contains(
        "crowd.safetensors: the suggested polyphony is -1, expected 0 to 1000"), "\(crowd.errors)")
  }

  @Test func `convert gives a file whose suggestion cannot be another one`() throws {
    func run(_ line: String) throws -> (code: Int32, output: String, errors: String) {
      let outcome = try command.run(
        line.split(separator: " ").map(String.init), environment: environment)
      return (outcome.code, outcome.output, outcome.errors)
    }
    var model = try Model(path: command.folder.path + "/shelf/tiny.safetensors")
    model.provenance.suggestions = Suggestions()
    model.provenance.suggestions?.minP = 7
    model.provenance.suggestions?.repeats = 2
    try model.write(to: command.folder.path + "/wild.safetensors")
    let fault =
      "musegen: wild.safetensors: the suggested minP is 7.0, expected 0 to 1; "
      + "musegen convert with --min-p stores another\n"
    for line in [
      "generate -m wild.safetensors -o x.mid", "convert wild.safetensors -o x.safetensors",
      "convert wild.safetensors -o x.safetensors --repeats 1",
    ] {
      let outcome = try run(line)
      #expect(outcome.code == 65 && outcome.errors == fault, "\(line): \(outcome.errors)")
    }
    // What is given is told by its flag, what stays in the file as the file's.
    let outside = try run("convert wild.safetensors -o x.safetensors --min-p 8 --repeats 1")
    #expect(outside.code == 64 && outside.errors.contains("--min-p is 8.0"), "\(outside.errors)")
    let half = try run("convert wild.safetensors -o x.safetensors --min-p 0.1")
    #expect(half.code == 65)
    #expect(half.errors.contains("musegen convert with --repeats stores another"), "\(half.errors)")
    let mended = try run("convert wild.safetensors -o tame.safetensors --min-p 0.1 --repeats 1")
    #expect(mended.code == 0, "\(mended.errors)")
    let suggestions = try Model(path: command.folder.path + "/tame.safetensors").provenance
      .suggestions
    #expect(suggestions?.minP == 0.1 && suggestions?.repeats == 1)
    #expect(try run("generate -m tame.safetensors --length 9notes -o x.mid").code == 0)
    // A graph for other programs has no suggestions.
    #expect(try run("convert wild.safetensors -o wild.onnx").code == 0)
  }

  @Test(arguments: [
    "generate -m later.safetensors -o x.mid",
    "convert -m later.safetensors -o x.safetensors --title later",
    "train songs --from later.safetensors -o x.safetensors",
  ])
  func `a model whose recall has a setting of a later musegen is refused`(line: String) throws {
    let vocabulary = PerformanceVocabulary()
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 6, layerCount: 1,
          recall: Recall()), seed: 3), vocabulary: vocabulary)
    var file = model.safetensors()
    let network = try #require(file.metadata["musegen.network"])
    file.metadata["musegen.network"] = network.replacingOccurrences(
      of: "\"lengths\":[3,8]", with: "\"lengths\":[3,8],\"rhythm\":true")
    #expect(file.metadata["musegen.network"] != network)
    file.metadata["musegen.crc32"] = nil
    try command.write(file.encoded(), to: "later.safetensors")
    let before = try command.files
    let outcome = try command.run(
      line.split(separator: " ").map(String.init), environment: environment)
    #expect(outcome.code == 65)
    #expect(
      outcome.errors
        == "musegen: later.safetensors: the network's setting recall.rhythm is not known; "
        + "use a newer musegen\n")
    #expect(try command.files == before)
  }

  @Test func `convert counts how pieces quote themselves, for a model that recalls them`() throws {
    // Ten notes, twice: what is quoted stands as many tokens back as ten notes take.
    let notes = (0..<20).map {
      Note(onset: 480 * $0, duration: 240, pitch: 50 + 3 * UInt8($0 % 10), velocity: 80)
    }
    let score = Score(tracks: [Track(notes: notes)], endTick: 20 * 480)
    try command.write(score.midiFile().bytes(), to: "songs/ten.mid")
    let vocabulary = PerformanceVocabulary()
    let tokens = vocabulary.encode(score)
    let first = try #require(tokens.firstIndex { vocabulary.noteCount(of: $0) > 0 })
    let period = try #require(tokens[(first + 1)...].firstIndex(of: tokens[first])) - first
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 6, layerCount: 1,
          recall: Recall()), seed: 3), vocabulary: vocabulary)
    try model.write(to: command.folder.path + "/recalling.safetensors")
    let outcome = try command.run(
      "convert", "-m", "recalling.safetensors", "-o", "counted.safetensors", "--count-repeats",
      "songs")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let counted = try Model(path: command.folder.path + "/counted.safetensors")
    #expect(counted.network.parameterDigest == model.network.parameterDigest)
    let distances = try #require(counted.provenance.quoted?.distances?.last)
    let doubling = Int(log2(Double(period)))
    #expect(distances.indices.filter { distances[$0] > 0 } == [doubling])
  }

  @Test func `convert counts repeats in a row also for a model that recalls nothing`() throws {
    // Four notes, each with a rest behind it, six times, and the first of a seventh.
    let notes = (0..<25).map {
      Note(onset: 480 * $0, duration: 240, pitch: [60, 64, 67, 62][$0 % 4], velocity: 80)
    }
    let score = Score(tracks: [Track(notes: notes)], endTick: 25 * 480)
    try command.write(score.midiFile().bytes(), to: "songs/ostinato.mid")
    let outcome = try command.run(
      ["convert", "-m", "tiny", "-o", "counted.safetensors", "--count-repeats", "songs"],
      environment: environment)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let counted = try Model(path: command.folder.path + "/counted.safetensors").provenance
    // Strike, time, release and time, of four notes: 16 tokens, the least of the fifth class.
    let times = try #require(counted.repeats?.times)
    #expect(times.enumerated().allSatisfy { $1 == ($0 == 4 ? 6 : 4) }, "\(times)")
    #expect(counted.quoted == nil && counted.barPlans == nil)
  }

  @Test func `convert counts degrees also for a model that is told keys and recalls nothing`()
    throws
  {
    let notes = (0..<48).map {
      Note(onset: 480 * $0, duration: 240, pitch: [60, 64, 67, 62][$0 % 4], velocity: 80)
    }
    let score = Score(tracks: [Track(notes: notes)], endTick: 48 * 480)
    try command.write(score.midiFile().bytes(), to: "songs/tune.mid")
    var told = PieceAttributes()
    told.key = Key(tonic: 0, isMinor: false)
    let vocabulary = try ConditionedVocabulary(
      base: PerformanceVocabulary(), conditions: Conditions([.key], of: [told]))
    let model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 6, layerCount: 1,
          conditionSlots: vocabulary.conditions.slotSizes), seed: 3), vocabulary: vocabulary)
    try model.write(to: command.folder.path + "/keys.safetensors")
    let outcome = try command.run(
      "convert", "-m", "keys.safetensors", "-o", "counted.safetensors", "--count-repeats", "songs")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let counted = try Model(path: command.folder.path + "/counted.safetensors")
    #expect(counted.provenance.degreeProfiles != nil)
    #expect(counted.provenance.quoted == nil)
  }

  @Test
  func `convert tells degrees by the styles of a table, and between which pitches music lies`()
    throws
  {
    let notes = (0..<48).map {
      Note(onset: 480 * $0, duration: 240, pitch: [60, 64, 67, 62][$0 % 4], velocity: 80)
    }
    let score = Score(tracks: [Track(notes: notes)], endTick: 48 * 480)
    try command.write(score.midiFile().bytes(), to: "songs/tune.mid")
    try command.write(Array("file,style\ntune.mid,jig\n".utf8), to: "styles.csv")
    let told = ["jig", "reel"].map { style -> PieceAttributes in
      var piece = PieceAttributes()
      piece.style = style
      piece.key = Key(tonic: 0, isMinor: false)
      return piece
    }
    let vocabulary = try ConditionedVocabulary(
      base: PerformanceVocabulary(), conditions: Conditions([.style, .key], of: told))
    var model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 6, layerCount: 1,
          conditionSlots: vocabulary.conditions.slotSizes), seed: 3), vocabulary: vocabulary)
    for (known, labels) in [(nil, []), (40...62, ["--labels", "styles.csv"])]
      as [(ClosedRange<UInt8>?, [String])]
    {
      model.provenance.pitches = known.map { LearnedPitches.within($0) }
      try model.write(to: command.folder.path + "/styles.safetensors")
      let outcome = try command.run(
        [
          "convert", "-m", "styles.safetensors", "-o", "counted.safetensors", "--overwrite",
          "--count-repeats", "songs",
        ] + labels)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let counted = try Model(path: command.folder.path + "/counted.safetensors").provenance
      // What training found, of pieces that it transposed, is kept.
      #expect(counted.pitches == .within((known?.lowerBound ?? 60)...67))
      let profiles = try JSONEncoder().encode(try #require(counted.degreeProfiles))
      #expect(String(decoding: profiles, as: UTF8.self).contains("jig") == !labels.isEmpty)
    }
    let idle = try command.run(
      "convert", "-m", "styles.safetensors", "-o", "x.safetensors", "--labels", "styles.csv")
    #expect(idle.code == 64 && idle.errors.contains("--labels has no effect without"))
  }

  @Test func `convert halves a model, labels it and keeps what it was not told`() throws {
    let outcome = try command.run(
      [
        "convert", "-m", "tiny", "-o", "small.safetensors", "--store", "bf16", "--licence", "CC0",
        "--source", "one", "--source", "two",
      ], environment: environment)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let small = try readFile(at: command.folder.path + "/small.safetensors")
    let large = try readFile(at: command.folder.path + "/shelf/tiny.safetensors")
    #expect(small.count * 10 < large.count * 7)
    let model = try Model(SafetensorsFile(bytes: small))
    #expect(model.provenance.title == "six\u{1B}neurons")
    #expect(model.provenance.licence == "CC0")
    #expect(model.provenance.sources == ["one", "two"])
    #expect(model.provenance.validationNats == 5.25)
    // Another label changes nothing of how the numbers are stored.
    let labelled = try command.run(
      "convert", "-m", "small.safetensors", "-o", "named.safetensors",
      "--title", "seven")
    #expect(labelled.code == 0, "\(labelled.errors)")
    let named = try SafetensorsFile(
      bytes: readFile(at: command.folder.path + "/named.safetensors"))
    #expect(named.tensors.allSatisfy { $0.element == .bfloat16 })
    #expect(try Model(named).network.parameters == model.network.parameters)
    let whole = try command.run(
      "convert", "-m", "small.safetensors", "-o", "whole.safetensors", "--store", "f32")
    #expect(whole.code == 0, "\(whole.errors)")
    let exact = try SafetensorsFile(
      bytes: readFile(at: command.folder.path + "/whole.safetensors"))
    #expect(exact.tensors.allSatisfy { $0.element == .float32 })
  }
}
