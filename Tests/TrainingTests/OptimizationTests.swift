import Testing
import Training

struct OptimizationTests {
  @Test func `the global norm is clipped as PyTorch clips it`() {
    // Printed by Tools/fixtures/optimizers_torch.py.
    var gradients: [Float] = [3, -4, 12]
    #expect(GradientClipping.globalNorm(1).clip(&gradients) == 13)
    for (found, expected) in zip(gradients, [0.2307692, -0.3076923, 0.9230769] as [Float]) {
      #expect(abs(found - expected) < 1e-6)
    }
  }

  @Test func `gradients within the limit stay as they are`() {
    var gradients: [Float] = [0.3, -0.4]
    #expect(GradientClipping.globalNorm(1).clip(&gradients) == 0.5)
    #expect(gradients == [0.3, -0.4])
  }

  @Test func `values are cut one by one`() {
    var gradients: [Float] = [3, -4, 0.5]
    GradientClipping.value(1).clip(&gradients)
    #expect(gradients == [1, -1, 0.5])
  }

  @Test(arguments: [GradientClipping.globalNorm(1), .value(1)])
  func `a gradient that is not a number shows in the norm`(_ clipping: GradientClipping) {
    var gradients: [Float] = [1, .nan]
    #expect(!clipping.clip(&gradients).isFinite)
  }

  @Test func `warm-up rises in equal steps to the peak`() {
    let schedule = LearningRateSchedule(peak: 1, warmupSteps: 4)
    #expect((0..<6).map { schedule.rate(at: $0) } == [0.25, 0.5, 0.75, 1, 1, 1])
  }

  @Test func `a cosine ends at its floor and is half-way in the middle`() {
    let schedule = LearningRateSchedule(peak: 2, shape: .cosine(steps: 100, floor: 0.1))
    #expect(schedule.rate(at: 0) == 2)
    #expect(abs(schedule.rate(at: 50) - 1.1) < 1e-6)
    #expect(abs(schedule.rate(at: 100) - 0.2) < 1e-6)
    #expect(abs(schedule.rate(at: 1000) - 0.2) < 1e-6)
  }

  @Test func `steps go down by a factor each`() {
    let schedule = LearningRateSchedule(peak: 1, shape: .step(every: 10, factor: 0.5))
    #expect([0, 9, 10, 25].map { schedule.rate(at: $0) } == [1, 1, 0.5, 0.25])
  }

  @Test func `a plateau of so many validations lowers the rate once`() {
    let schedule = LearningRateSchedule(peak: 1, shape: .plateau(patience: 2, factor: 0.5))
    var plateau = LearningRateSchedule.Plateau()
    var rates: [Float] = []
    for loss in [3, 2, 2.5, 2.4, 2.3, 1, 1.1] {
      schedule.observe(loss, in: &plateau)
      rates.append(schedule.rate(at: 0, plateau: plateau))
    }
    #expect(rates == [1, 1, 1, 0.5, 0.5, 0.5, 0.5])
  }

  @Test func `an average forgets its start and follows the parameters`() {
    var average = ParameterAverage(decay: 0.9, parameters: [100])
    for _ in 0..<200 { average.update([1]) }
    #expect(abs(average.values[0] - 1) < 1e-3)
    // The first update keeps 2/11 of the start.
    var fresh = ParameterAverage(decay: 0.9, parameters: [11])
    fresh.update([0])
    #expect(abs(fresh.values[0] - 2) < 1e-5)
  }

  @Test func `an average without a decay is the mean of all steps, and the start is none`() {
    var average = ParameterAverage(decay: nil, parameters: [100, -7])
    for step in 1...9 { average.update([Float(step), 2]) }
    #expect(abs(average.values[0] - 5) < 1e-5)
    #expect(abs(average.values[1] - 2) < 1e-6)
  }

  @Test func `an average begins where a loss is above the best of those before the last few`() {
    func begin(_ validations: Int, _ losses: [Double]) -> Int? {
      var trigger = AverageTrigger(validations: validations)
      return losses.firstIndex { trigger.observe($0) }
    }
    // Against the definition: v_t > min(v_0 ... v_(t-n-1)).
    let losses = [5, 4, 4.5, 3.9, 4.2, 3.8, 3.95, 4.0, 3.7, 3.9]
    for validations in 1...8 {
      let expected = losses.indices.first { index in
        index > validations && losses[index] > losses[..<(index - validations)].min() ?? .infinity
      }
      #expect(begin(validations, losses) == expected, "\(validations)")
    }
    #expect(begin(2, [3, 2, 1, 0.5, 0.4, 0.3]) == nil)
    #expect(begin(2, [3, 4, 5, 6]) == 3)
  }
}
