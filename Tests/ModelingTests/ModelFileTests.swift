import FileStorage
import Foundation
import Modeling
import Recurrent
import Safetensors
import Settings
import TestSupport
import Testing
import Tokenization

struct ModelFileTests {
  let model: Model
  let path = NSTemporaryDirectory() + "musegen-\(UUID().uuidString).safetensors"

  init() throws {
    let vocabulary = PerformanceVocabulary()
    var provenance = Provenance()
    provenance.title = "a \"title\""
    provenance.sources = ["one place", "another"]
    provenance.seed = .max
    provenance.validationNats = 1.25
    model = Model(
      network: try Network(
        NetworkConfiguration(
          vocabularySize: vocabulary.count, embeddingSize: 4, hiddenSize: 6, layerCount: 2),
        seed: 3),
      vocabulary: vocabulary, provenance: provenance)
  }

  @Test func `a model is read as it was written`() throws {
    defer { try? removeFile(at: path) }
    try model.write(to: path)
    let read = try Model(path: path)
    #expect(read.network.parameters == model.network.parameters)
    #expect(read.network.configuration == model.network.configuration)
    #expect(read.vocabulary.configuration == model.vocabulary.configuration)
    #expect(read.provenance == model.provenance)
  }

  @Test func `weights with a description are a model`() throws {
    let vocabulary = VocabularyConfiguration.remi()
    let size = try vocabulary.makeVocabulary().count
    for cell in Cell.allCases {
      let network = try Network(
        NetworkConfiguration(
          vocabularySize: size, embeddingSize: 6, hiddenSize: 6, layerCount: 3, cell: cell,
          layerNormalization: cell == .gru, tiedWeights: cell == .rnn, residual: cell == .lstm,
          learnedInitialState: cell != .rnn, recall: cell == .qrnn ? Recall(lengths: [2]) : nil),
        seed: 9)
      var tensors = SafetensorsFile(tensors: network.tensors(precision: .f32))
      for index in tensors.tensors.indices where tensors.tensors[index].name == "output.bias" {
        tensors.tensors[index].name = "head.bias"
      }
      let json = """
        {"cell": "\(cell.rawValue)", "residual": \(cell == .lstm), "title": "t", "licence": "l",
         \(cell == .qrnn ? "\"recall\": {\"lengths\": [2], \"dropout\": 0, \"gate\": true}," : "")
         "vocabulary": {"type": "remi"}, "names": {"output.bias": "head.bias"}}
        """
      let description = try StateDictionary(json: Array(json.utf8))
      let model = try Model(tensors, describedBy: description)
      #expect(model.network.configuration == network.configuration)
      #expect(model.network.parameters == network.parameters)
      #expect(model.vocabulary.configuration == vocabulary)
      #expect(model.provenance.title == "t" && model.provenance.licence == "l")

      // Two tensors of one name, and a name of none.
      var twice = tensors
      twice.tensors.append(Tensor(name: "output.bias", shape: [1], floats: [1]))
      #expect(throws: ModelFileError(.unknownTensor("output.bias"))) {
        try Model(twice, describedBy: description)
      }
      twice.tensors = twice.tensors.filter { $0.name != "head.bias" }
      #expect(throws: ModelFileError(.missingTensor("head.bias"))) {
        try Model(twice, describedBy: description)
      }
      #expect(throws: DecodingError.self) {
        try StateDictionary(json: Array(json.replacing("residual", with: "residul").utf8))
      }
      let unknown = json.replacing("\"remi\"}", with: "\"remi\", \"velocity_bins\": 8}")
      #expect {
        try StateDictionary(json: Array(unknown.utf8))
      } throws: { error in
        guard case DecodingError.dataCorrupted(let context) = error else { return false }
        return context.debugDescription.hasPrefix("remi has no setting velocity_bins, expected one")
      }

      // What has no place would make another network.
      tensors.tensors.append(Tensor(name: "rnn.weight_hr_l0", shape: [1], floats: [1]))
      #expect(throws: ModelFileError(.unknownTensor("rnn.weight_hr_l0"))) {
        try Model(tensors, describedBy: description)
      }
      tensors.tensors = tensors.tensors.filter { $0.name != "embedding.weight" }
      #expect(throws: ModelFileError(.missingTensor("embedding.weight"))) {
        try Model(tensors, describedBy: description)
      }
    }
  }

  @Test func `a description beside weights has no setting of a network that none has`() throws {
    let network = String(
      decoding: try JSONEncoder().encode(model.network.configuration), as: UTF8.self)
    let whole = "{\"vocabulary\": {\"type\": \"remi\"}, \"network\": \(network)}"
    #expect(
      try StateDictionary(json: Array(whole.utf8)).network == model.network.configuration)
    for (known, unknown, owner) in [
      ("\"hiddenSize\"", "\"hidden\":1,\"hiddenSize\"", "network has no setting hidden"),
      (
        "\"forgetBias\"", "\"bias\":1,\"forgetBias\"", "initialization has no setting bias"
      ),
      (
        "\"type\": \"remi\"",
        "\"type\": \"remi\", \"resolutions\": [{\"beats\": 4, \"positions\": 8, \"swing\": 1}]",
        "resolutions has no setting swing"
      ),
    ] {
      let json = whole.replacing(known, with: unknown)
      #expect(json != whole)
      #expect {
        try StateDictionary(json: Array(json.utf8))
      } throws: { error in
        guard case DecodingError.dataCorrupted(let context) = error else { return false }
        return context.debugDescription.hasPrefix("\(owner), expected one of ")
      }
    }
  }

  @Test func `what is dropped stands in a model's file where anything is`() throws {
    var configuration = model.network.configuration
    configuration.weightDrop = 0.5
    configuration.embeddingDropout = 0.25
    let file = Model(
      network: try Network(configuration, seed: 1), vocabulary: model.vocabulary
    ).safetensors()
    #expect(file.metadata["musegen.network"]?.contains("\"weightDrop\":0.5") == true)
    #expect(file.metadata["musegen.network"]?.contains("\"embeddingDropout\":0.25") == true)
    #expect(file.metadata["musegen.format"] == "model 1")
    #expect(try Model(file).network.configuration == configuration)
    #expect(model.safetensors().metadata["musegen.network"]?.contains("weightDrop") == false)
    #expect(model.safetensors().metadata["musegen.network"]?.contains("embeddingDropout") == false)
  }

  @Test func `a model with recall is read as it was written, by no musegen that lacks it`() throws {
    var configuration = model.network.configuration
    configuration.recall = Recall(lengths: [3, 8], dropout: 0.25)
    let recalling = Model(
      network: try Network(configuration, seed: 1), vocabulary: model.vocabulary)
    var file = recalling.safetensors()
    #expect(file.metadata["musegen.format"] == "model 2")
    #expect(file["recall.weight"]?.shape == [2 * (model.vocabulary.count + 1) + 81, 4])
    #expect(file["recall.gate"]?.shape == [2, 81])
    #expect(try Model(file).network.configuration == configuration)
    #expect(try Model(file).network.parameters == recalling.network.parameters)
    // Without it files stay as older versions read them.
    #expect(model.safetensors().metadata["musegen.format"] == "model 1")
    #expect(model.safetensors().metadata["musegen.network"]?.contains("recall") == false)

    let text = try #require(file.metadata["musegen.network"])
    #expect(text.contains("\"gate\":true"))
    file.metadata["musegen.network"] = text.replacingOccurrences(
      of: "\"dropout\":0.25", with: "\"dropout\":0.25,\"rhythm\":true")
    file.metadata["musegen.crc32"] = nil
    #expect(throws: ModelFileError(.network(NetworkError(.unknownSetting("recall.rhythm"))))) {
      try Model(file)
    }
    for lengths in [
      "[]", "[0]", "[-3]", "[8,3]", "[3,3]", "[1,2,3,4]", "[\(Int.max)]", "3", "null",
    ] {
      file.metadata["musegen.network"] = text.replacingOccurrences(
        of: "\"lengths\":[3,8]", with: "\"lengths\":\(lengths)")
      #expect(file.metadata["musegen.network"] != text)
      #expect(throws: ModelFileError.self, "\(lengths)") { try Model(file) }
    }
    for dropout in ["1", "-0.5", "1e30"] {
      file.metadata["musegen.network"] = text.replacingOccurrences(
        of: "\"dropout\":0.25", with: "\"dropout\":\(dropout)")
      #expect(throws: ModelFileError.self, "\(dropout)") { try Model(file) }
    }
  }

  @Test func `a model with recall that says nothing of a gate has none`() throws {
    var configuration = model.network.configuration
    configuration.recall = Recall(hasGate: false)
    let file = Model(
      network: try Network(configuration, seed: 1), vocabulary: model.vocabulary
    ).safetensors()
    #expect(file["recall.gate"] == nil)
    #expect(file.metadata["musegen.network"]?.contains("gate") == false)
    #expect(try Model(file).network.configuration == configuration)
  }

  @Test func `a model that is told conditions is read as it was written, by no older musegen`()
    throws
  {
    var piece = PieceAttributes()
    piece.style = "jig"
    let vocabulary = try ConditionedVocabulary(
      base: model.vocabulary, conditions: Conditions([.style], of: [piece]))
    for recall in [nil, Recall()] {
      var configuration = model.network.configuration
      configuration.vocabularySize = vocabulary.count
      configuration.recall = recall
      let told = Model(network: try Network(configuration, seed: 1), vocabulary: vocabulary)
      let file = told.safetensors()
      #expect(file.metadata["musegen.format"] == "model 3")
      let read = try Model(file)
      #expect(read.vocabulary.configuration == vocabulary.configuration)
      #expect(read.network.parameters == told.network.parameters)
      #expect(read.safetensors() == file)
    }
    #expect(model.safetensors().metadata["musegen.format"] == "model 1")
  }

  @Test func `a model to a given part hears that part, or is refused`() throws {
    let vocabulary = try AccompaniedVocabulary(base: .remi(), part: .highest)
    var configuration = model.network.configuration
    configuration.vocabularySize = vocabulary.count
    configuration.heardGroups = HeardGroups(of: vocabulary)
    let hearing = Model(network: try Network(configuration, seed: 1), vocabulary: vocabulary)
    var file = hearing.safetensors()
    #expect(file.metadata["musegen.format"] == "model 3")
    #expect(try Model(file).network.configuration == configuration)
    file.metadata["musegen.crc32"] = nil
    let text = try #require(file.metadata["musegen.network"])
    let (bars, pitches) = (vocabulary.givenBars, vocabulary.givenPitches)
    let members = "\"members\":[\(pitches.lowerBound),\(pitches.upperBound)]"
    let openers = "\"openers\":[\(bars.lowerBound),\(bars.upperBound)]"
    func refused(
      _ part: String, by changed: String, _ reason: ModelFileError.Reason,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(text.contains(part), sourceLocation: sourceLocation)
      file.metadata["musegen.network"] = text.replacingOccurrences(of: part, with: changed)
      #expect(throws: ModelFileError(reason), "\(changed)", sourceLocation: sourceLocation) {
        try Model(file)
      }
    }
    func setting(_ key: String, _ found: String) -> ModelFileError.Reason {
      .network(
        NetworkError(
          .setting(
            SettingError(
              "heardGroups.\(key)", found: found, expected: "tokens of the vocabulary"))))
    }
    for (range, found) in [
      ("[\(Int.min),\(Int.min)]", "none"), ("[5,5]", "none"), ("[\(Int.max),\(Int.max)]", "none"),
      ("[-5,5]", "-5 to 4"), ("[9,50000]", "9 to 49999"), ("[9,\(Int.max)]", "9 to \(Int.max - 1)"),
    ] {
      refused(members, by: "\"members\":\(range)", setting("members", found))
      refused(openers, by: "\"openers\":\(range)", setting("openers", found))
    }
    refused(members, by: "\"members\":[9,5]", .malformedMetadata("musegen.network"))
    refused(members, by: "\"members\":[9]", .malformedMetadata("musegen.network"))
    refused(
      members, by: members + ",\"weight\":1",
      .network(NetworkError(.unknownSetting("heardGroups.weight"))))
    let other = ModelFileError.Reason.network(
      NetworkError(
        .contradiction(
          "a network and a vocabulary of different given parts, expected the same part")
      ))
    refused(members, by: "\"members\":[0,\(vocabulary.count)]", other)
    refused(openers, by: "\"openers\":[0,5]", other)
    refused("\"heardGroups\":{\(members),\(openers)},", by: "", other)
    // Where nothing is given there is nothing to be heard.
    var plain = model.safetensors()
    plain.metadata["musegen.crc32"] = nil
    plain.metadata["musegen.network"]?.replace(
      "\"hiddenSize\"", with: "\"heardGroups\":{\"members\":[3,5],\"openers\":[0,3]},\"hiddenSize\""
    )
    #expect(throws: ModelFileError(other)) { try Model(plain) }
  }

  @Test func `equal models give equal bytes`() {
    #expect(model.safetensors().encoded() == model.safetensors().encoded())
  }

  @Test func `bfloat16 halves the file and keeps three digits`() throws {
    let small = model.safetensors(precision: .bf16)
    #expect(small.encoded().count * 100 < model.safetensors().encoded().count * 60)
    let read = try Model(small)
    for (stored, exact) in zip(read.network.parameters, model.network.parameters) {
      #expect(abs(stored - exact) <= abs(exact) / 256)
    }
  }

  @Test func `weights stand under PyTorch's names`() {
    let names = model.safetensors().tensors.map(\.name)
    for name in [
      "embedding.weight", "rnn.weight_ih_l0", "rnn.weight_hh_l1", "rnn.bias_ih_l1", "output.weight",
    ] {
      #expect(names.contains(name), "\(name)")
    }
    #expect(model.safetensors()["rnn.weight_hh_l1"]?.shape == [24, 6])
  }

  @Test func `a file that is no model, or not whole, is refused with its reason`() throws {
    func refused(
      _ reason: ModelFileError.Reason, _ change: (inout SafetensorsFile) -> Void,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      var file = model.safetensors()
      change(&file)
      #expect(throws: ModelFileError(reason), sourceLocation: sourceLocation) { try Model(file) }
    }
    refused(.wrongKind(expected: .model)) { $0.metadata = [:] }
    refused(.wrongKind(expected: .model, found: .checkpoint)) {
      $0.metadata["musegen.format"] = "checkpoint 1"
    }
    refused(.wrongKind(expected: .model)) { $0.metadata["musegen.format"] = "toy 1" }
    refused(.laterVersion(found: "7", supported: 3)) { $0.metadata["musegen.format"] = "model 7" }
    refused(.malformedMetadata("musegen.network")) {
      $0.metadata["musegen.crc32"] = nil
      $0.metadata["musegen.network"] = "{}"
    }
    refused(.missingTensor("output.weight")) {
      $0.metadata["musegen.crc32"] = nil
      $0.tensors.removeAll { $0.name == "output.weight" }
    }
    refused(.shape(tensor: "output.bias", found: [1], expected: [model.vocabulary.count])) { file in
      file.metadata["musegen.crc32"] = nil
      let index = file.tensors.firstIndex { $0.name == "output.bias" }!
      file.tensors[index] = Tensor(name: "output.bias", shape: [1], floats: [0])
    }
    refused(.notFinite(tensor: "output.bias")) { file in
      file.metadata["musegen.crc32"] = nil
      let index = file.tensors.firstIndex { $0.name == "output.bias" }!
      let count = file.tensors[index].shape[0]
      file.tensors[index] = Tensor(
        name: "output.bias", shape: [count],
        floats: [Float](repeating: 0, count: count - 1) + [.nan])
    }
  }

  @Test func `a model whose provenance holds impossible numbers is refused`() throws {
    for (field, values) in [
      "trainingPieces": ["\(Int.min)", "-1", "1.5", "1e300"],
      "trainingTokens": ["\(Int.min)", "-1"],
      "steps": ["\(Int.min)", "-1", "9223372036854775808"],
      "validationNats": ["-1e308", "\"nan\"", "\"inf\"", "1e999"],
      "degreeProfiles": [
        #"{"profiles":[]}"#, #"{"profiles":[{"isMinor":false,"shares":[500,500]}]}"#,
        #"{"profiles":[{"isMinor":false,"shares":[0,0,0,0,0,0,0,0,0,0,0,0]}]}"#,
        #"{"profiles":[{"isMinor":true,"shares":[900,-1,0,0,0,0,0,0,0,0,0,0]}]}"#,
      ],
      "pitches": ["[36,128]", "[88,36]", "[36]", "[-1,36]", "36", "[36,88,90]"],
      "base": [#"{"parameterDigest":"0","pitches":[36,128]}"#],
      "suggestions": [
        #"{"polyphony":1.5}"#, #"{"polyphony":1e300}"#, #"{"longestNoteSeconds":"3s"}"#,
      ],
      "longestNoteSeconds": ["\(Int.min)", "-1e308", "-1", "\"nan\"", "\"inf\""],
    ] {
      for value in values {
        var file = model.safetensors()
        file.metadata["musegen.crc32"] = nil
        file.metadata["musegen.provenance"] = "{\"\(field)\":\(value)}"
        #expect(
          throws: ModelFileError(.malformedMetadata("musegen.provenance")), "\(field) \(value)"
        ) { try Model(file) }
      }
    }
  }

  @Test func `a model that was trained on nothing, or on notes without a length, is read`() throws {
    var file = model.safetensors()
    file.metadata["musegen.crc32"] = nil
    file.metadata["musegen.provenance"] =
      #"{"longestNoteSeconds":0,"steps":0,"trainingPieces":0,"validationNats":1e308}"#
    let provenance = try Model(file).provenance
    #expect(provenance.longestNoteSeconds == nil)
    #expect(provenance.steps == 0)
    #expect(provenance.validationNats == 1e308)
  }

  @Test func `suggestions of an older and of a later musegen are read as far as they are known`()
    throws
  {
    var file = model.safetensors()
    file.metadata["musegen.crc32"] = nil
    file.metadata["musegen.provenance"] = #"{"suggestions":{"minP":0.5,"swing":2}}"#
    let suggestions = try #require(try Model(file).provenance.suggestions)
    #expect(suggestions.minP == 0.5)
    #expect(suggestions.polyphony == nil && suggestions.longestNoteSeconds == nil)
  }

  @Test func `no flipped bit changes a model unseen`() throws {
    let bytes = model.safetensors().encoded()
    withEvery(seed: 0..<200) { random in
      var damaged = bytes
      let position = Int.random(in: damaged.indices, using: &random)
      damaged[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      // Only a flip in the checksum's own name goes unseen, and changes nothing.
      if let read = try? Model(try SafetensorsFile(bytes: damaged)) {
        #expect(read.network.parameters == model.network.parameters, "byte \(position)")
        #expect(read.network.configuration == model.network.configuration, "byte \(position)")
        #expect(read.provenance == model.provenance, "byte \(position)")
      }
    }
  }

  @Test func `a file that is not there is told apart from one that is broken`() throws {
    #expect(throws: ModelFileError(.unreadable(FileError(.read, path: path, errno: ENOENT)))) {
      try Model(path: path)
    }
    defer { try? removeFile(at: path) }
    try writeFile(Array("MThd".utf8), at: path)
    #expect(throws: ModelFileError(.notSafetensors(SafetensorsError(.tooShort(bytes: 4))))) {
      try Model(path: path)
    }
  }

  @Test func `a shape of many dimensions is told in few words`() {
    let shape = [Int](repeating: 1, count: 100_000)
    let error = ModelFileError(
      .shape(tensor: "embedding.weight", found: shape, expected: [2, 3]))
    #expect(
      error.description.hasSuffix(
        "has shape [1, 1, 1, 1, 1, 1, 1, 1, …] of 100000 dimensions, expected [2, 3]"))
  }
}
