import Foundation
import Modeling
import ONNX
import Recurrent
import Testing

/// Graphs against files and numbers that `Tools/fixtures/onnx_models.py` has made: onnx's checker has read the
/// files, and onnxruntime has said what they compute.
struct ONNXTests {
  private struct Fixture: Decodable {
    var onnx: String
    var onnxruntime: String
    var cases: [Case]

    struct Case: Decodable {
      var name: String
      var options: [String]
      /// What the network reads, and what recall and what is heard told it.
      var tokens: [Int32]
      /// What onnxruntime says after each, [T, V].
      var logits: [[Float]]
    }
  }

  private func url(_ name: String, _ ending: String) throws -> URL {
    try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: ending))
  }

  private func fixture() throws -> Fixture {
    try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url("models", "json")))
  }

  @Test func `a graph has the bytes that onnxruntime has run`() throws {
    let fixture = try fixture()
    #expect(Set(fixture.cases.map { $0.name.prefix { $0 != "-" } }).count == Cell.allCases.count)
    for entry in fixture.cases {
      let model = try Model(path: url(entry.name, "safetensors").path)
      for graph in ONNXGraph.allCases {
        let file = try Data(contentsOf: url("\(entry.name)-\(graph.rawValue)", "onnx"))
        #expect(model.onnx(graph) == Array(file), "\(entry.name), \(graph.rawValue)")
      }
    }
  }

  @Test func `a network says what onnxruntime says that its graph does`() throws {
    for entry in try fixture().cases {
      let model = try Model(path: url(entry.name, "safetensors").path)
      let stepper = try Stepper(model.network, streams: 1, precision: .f32)
      var logits: [Float] = []
      var greatest: Float = 0
      for (token, expected) in zip(entry.tokens, entry.logits) {
        stepper.step([token], logits: &logits)
        try #require(logits.count == expected.count)
        greatest = zip(logits, expected).reduce(greatest) { max($0, abs($1.0 - $1.1)) }
      }
      #expect(greatest < 1e-5, "\(entry.name)")
    }
  }
}
