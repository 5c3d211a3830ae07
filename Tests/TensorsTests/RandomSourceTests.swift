import Foundation
import Tensors
import Testing

struct RandomSourceTests {
  @Test func `the first numbers of a seed are xoshiro256**'s`() {
    // From the authors' C, state (1, 2, 3, 4): 11520, 0, 1509978240, 1215971899390074240.
    let json = Data(#"{"a":1,"b":2,"c":3,"d":4}"#.utf8)
    var source = try! JSONDecoder().decode(RandomSource.self, from: json)
    #expect(
      (0..<4).map { _ in source.next() } == [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240])
  }

  @Test func `a source kept and restored goes on as it would have`() throws {
    var source = RandomSource(seed: 5)
    _ = source.next()
    var restored = try JSONDecoder().decode(
      RandomSource.self, from: JSONEncoder().encode(source))
    #expect((0..<10).map { _ in restored.next() } == (0..<10).map { _ in source.next() })
  }

  @Test func `gaussian and uniform fills have their mean and variance`() {
    var source = RandomSource(seed: 9)
    var values = [Float](repeating: 0, count: 40_000)
    source.fill(&values, range: values.indices, standardDeviation: 2)
    func moments(_ values: [Float]) -> (mean: Float, variance: Float) {
      let mean = values.reduce(0, +) / Float(values.count)
      return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count))
    }
    #expect(abs(moments(values).mean) < 0.04 && abs(moments(values).variance - 4) < 0.12)
    source.fill(&values, range: values.indices, low: -1, high: 3)
    #expect(abs(moments(values).mean - 1) < 0.03)
    #expect(abs(moments(values).variance - 16.0 / 12) < 0.03)
    #expect(values.allSatisfy { $0 >= -1 && $0 < 3 })
  }
}
